import { Anchor, Button, Text, UnstyledButton, VisuallyHidden } from '@mantine/core'
import { IconDevices, IconHistory, IconSettings, IconShieldCog } from '@tabler/icons-react'
import { useEffect, useRef } from 'react'
import { Brand } from '../../shared/brand.tsx'
import { SchemeToggle } from '../../shared/scheme-toggle.tsx'
import { DevicesSection } from '../devices/devices-section.tsx'
import { HistorySection } from '../history/history-section.tsx'
import type { Viewer } from '../server/session.ts'
import { useEvents } from '../server/use-events.ts'
import { useLiveness } from '../server/use-liveness.ts'
import { SettingsSection } from '../settings/settings-section.tsx'
import { texts } from '../texts.ts'
import { ConnectionBanner } from './connection-banner.tsx'
import { SECTIONS, type Section, SIGN_UP, sectionOf, useFragment } from './section.ts'
import { SignOutButton } from './sign-out-button.tsx'
import styles from './signed-in-page.module.css'

const ICONS = { devices: IconDevices, history: IconHistory, settings: IconSettings }

/**
 * What somebody sees who is signed in.
 * @param props.arrived whether they have just come through the form, whose focus is gone with it
 */
export function SignedInPage({
  viewer,
  sessionId,
  arrived,
}: {
  viewer: Viewer
  sessionId: string
  arrived: boolean
}) {
  useEvents(sessionId)
  const liveness = useLiveness()
  const section = sectionOf(useFragment())
  const administers = viewer.roles.includes('ADMINISTRATOR')
  const content = useRef<HTMLElement>(null)
  useFocusOnChange(section, content)
  // whoever signs out later comes to the form for those who have an account
  useEffect(() => {
    if (location.hash === SIGN_UP) history.replaceState(null, '', '#devices')
  }, [])
  useEffect(() => {
    if (arrived) content.current?.focus({ preventScroll: true })
  }, [arrived])
  useEffect(() => {
    document.title = texts.pageTitle(texts[section].title)
  }, [section])
  return (
    <div className={styles['page']}>
      <UnstyledButton className={styles['skip']} onClick={() => content.current?.focus()}>
        {texts.frame.skip}
      </UnstyledButton>
      <header className={styles['header']}>
        <div className={styles['bar']}>
          <Anchor href="#devices" underline="never" c="inherit" className={styles['brand']}>
            <Brand name={texts.product} />
          </Anchor>
          <nav aria-label={texts.frame.navigation} className={styles['nav']}>
            {SECTIONS.map((each) => (
              <SectionLink key={each} section={each} current={each === section} />
            ))}
          </nav>
          <div className={styles['tools']}>
            {administers ? (
              <Button
                component="a"
                href="/admin"
                variant="subtle"
                color="gray"
                leftSection={<IconShieldCog size={18} aria-hidden />}
                className={styles['tool']}
                aria-label={texts.frame.administration}
              >
                <span className={styles['wide']}>{texts.frame.administration}</span>
              </Button>
            ) : (
              <Text size="sm" c="dimmed" className={styles['who']} title={viewer.email}>
                <VisuallyHidden>{texts.frame.signedInAs}</VisuallyHidden> <bdi>{viewer.email}</bdi>
              </Text>
            )}
            <SchemeToggle toDark={texts.frame.toDark} toLight={texts.frame.toLight} />
            <SignOutButton />
          </div>
        </div>
      </header>
      <ConnectionBanner />
      <main ref={content} tabIndex={-1} className={styles['content']}>
        {section === 'devices' && <DevicesSection viewer={viewer} liveness={liveness} />}
        {section === 'history' && <HistorySection viewer={viewer} liveness={liveness} />}
        {section === 'settings' && <SettingsSection viewer={viewer} />}
      </main>
      <footer className={styles['footer']} data-always={administers || undefined}>
        <Text size="sm" c="dimmed" truncate>
          {texts.frame.signedInAs}{' '}
          <b>
            <bdi>{viewer.email}</bdi>
          </b>
        </Text>
      </footer>
    </div>
  )
}

function SectionLink({ section, current }: { section: Section; current: boolean }) {
  const Icon = ICONS[section]
  return (
    <a href={`#${section}`} aria-current={current ? 'page' : undefined} className={styles['link']}>
      <Icon size={18} aria-hidden />
      {texts.sections[section]}
    </a>
  )
}

/** Who goes to another part by keyboard or screen reader goes on there, and not at the top of the page. */
function useFocusOnChange(section: Section, content: React.RefObject<HTMLElement | null>): void {
  const before = useRef(section)
  useEffect(() => {
    if (before.current === section) return
    before.current = section
    window.scrollTo(0, 0)
    content.current?.focus({ preventScroll: true })
  }, [section, content])
}

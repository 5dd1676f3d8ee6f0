import { ActionIcon, Anchor, Menu } from '@mantine/core'
import {
  IconActivity,
  IconAlertOctagon,
  IconDevices,
  IconLayoutDashboard,
  IconLogout,
  IconMenu2,
  IconUser,
  IconUserCircle,
  IconUsers,
  IconX,
} from '@tabler/icons-react'
import { useEffect, useId, useState } from 'react'
import { NavLink, Outlet, ScrollRestoration, useLocation } from 'react-router'
import { Brand } from '../../shared/brand.tsx'
import { SchemeToggle } from '../../shared/scheme-toggle.tsx'
import { useOnline } from '../../shared/use-online.ts'
import { useParts } from '../parts.ts'
import { texts } from '../texts.ts'
import styles from './frame.module.css'

const SECTIONS = [
  { to: '/', label: texts.sections.overview, Icon: IconLayoutDashboard },
  { to: '/live', label: texts.sections.live, Icon: IconActivity },
  { to: '/sessions', label: texts.sections.sessions, Icon: IconDevices },
  { to: '/users', label: texts.sections.users, Icon: IconUsers },
  { to: '/everyone', label: texts.sections.everyone, Icon: IconAlertOctagon },
] as const

/** What is around every page: where one is, where one can go, and who one is. */
export function Frame() {
  const { pathname } = useLocation()
  const navigation = useId()
  const [isOpen, setOpen] = useState(false)
  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever went somewhere is done with the menu
  useEffect(() => setOpen(false), [pathname])
  useEffect(() => {
    if (!isOpen) return
    const close = (event: KeyboardEvent) => {
      if (event.key === 'Escape') setOpen(false)
    }
    window.addEventListener('keydown', close)
    return () => window.removeEventListener('keydown', close)
  }, [isOpen])
  return (
    <div className={styles['frame']}>
      <a href="#content" className={styles['skip']}>
        {texts.frame.skip}
      </a>
      <header className={styles['header']}>
        <ActionIcon
          className={styles['burger'] ?? ''}
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={isOpen ? texts.frame.closeMenu : texts.frame.openMenu}
          aria-expanded={isOpen}
          aria-controls={navigation}
          onClick={() => setOpen(!isOpen)}
        >
          {isOpen ? <IconX size={22} aria-hidden /> : <IconMenu2 size={22} aria-hidden />}
        </ActionIcon>
        <Anchor
          component={NavLink}
          to="/"
          className={styles['brand'] ?? ''}
          underline="never"
          aria-label={texts.product}
        >
          <Brand name={texts.product} size={26} />
        </Anchor>
        <span className={styles['space']} />
        <SchemeToggle toDark={texts.frame.toDark} toLight={texts.frame.toLight} />
        <AccountMenu />
      </header>
      <nav
        id={navigation}
        className={styles['navigation']}
        data-open={isOpen || undefined}
        aria-label={texts.frame.navigation}
      >
        {SECTIONS.map(({ to, label, Icon }) => (
          <NavLink
            key={to}
            to={to}
            end={to === '/'}
            className={styles['link'] ?? ''}
            onClick={() => setOpen(false)}
          >
            <Icon size={20} stroke={1.6} aria-hidden />
            {label}
          </NavLink>
        ))}
      </nav>
      <main id="content" className={styles['main']} tabIndex={-1}>
        <Offline />
        <Outlet />
      </main>
      <ScrollRestoration />
    </div>
  )
}

function AccountMenu() {
  const { viewer, signOut } = useParts()
  return (
    <Menu position="bottom-end" width={240} shadow="md" trapFocus>
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={texts.frame.accountMenu(viewer.email)}
        >
          <IconUserCircle size={22} stroke={1.6} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label className={styles['whose'] ?? ''}>{viewer.email}</Menu.Label>
        <Menu.Item component="a" href="/" leftSection={<IconUser size={16} aria-hidden />}>
          {texts.frame.account}
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={signOut}>
          {texts.frame.signOut}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

function Offline() {
  const isOnline = useOnline()
  return <div role="status">{!isOnline && <p className={styles['offline']}>{texts.frame.offline}</p>}</div>
}

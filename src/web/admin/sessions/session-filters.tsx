import { Button, Checkbox, NativeSelect, Popover, SegmentedControl, Stack, Switch } from '@mantine/core'
import { IconAdjustmentsHorizontal, IconChevronDown, IconX } from '@tabler/icons-react'
import { useId, useState } from 'react'
import { SESSION_END_REASONS } from '../../../protocol/sessions.ts'
import { DraftField } from '../lists/draft-field.tsx'
import { useParts } from '../parts.ts'
import { texts } from '../texts.ts'
import { wordsOf } from './filter-words.ts'
import styles from './filters.module.css'
import { MomentField } from './moment-field.tsx'
import { DEVICE_KINDS, partsOf, readCountry, type SessionFilter, TIMES } from './session-filter.ts'

/** What the list can be narrowed to. */
export function SessionFilters({
  filter,
  search,
  userEmail,
  onChange,
  onSearch,
  onClear,
}: {
  filter: SessionFilter
  search: string
  /** Of the user whom the filter names, if that is known. */
  userEmail: string | null
  onChange: (change: Partial<SessionFilter>, options?: { isTyping?: boolean }) => void
  onSearch: (search: string) => void
  onClear: () => void
}) {
  const { writing } = useParts()
  const panel = useId()
  const words = wordsOf(filter, writing, userEmail)
  const [isOpen, setOpen] = useState(false)
  const typed = (field: 'browser' | 'system' | 'network') => ({
    value: filter[field] ?? '',
    onCommit: (text: string) => onChange({ [field]: text || null }, { isTyping: true }),
  })
  return (
    <search className={styles['filters']} aria-label={texts.sessions.filters}>
      <div className={styles['always']}>
        <DraftField
          type="search"
          label={texts.sessions.search}
          placeholder="ada@"
          autoComplete="off"
          spellCheck={false}
          value={search}
          onCommit={onSearch}
          className={styles['search'] ?? ''}
        />
        <SegmentedControl
          aria-label={texts.sessions.state}
          value={filter.state ?? 'ALL'}
          data={(['ALL', 'ACTIVE', 'ENDED'] as const).map((value) => ({
            value,
            label: texts.sessions.states[value],
          }))}
          onChange={(value) => onChange({ state: value === 'ALL' ? null : (value as 'ACTIVE' | 'ENDED') })}
        />
        <Button
          variant="default"
          leftSection={<IconAdjustmentsHorizontal size={16} aria-hidden />}
          rightSection={
            <IconChevronDown
              size={16}
              aria-hidden
              className={styles['chevron'] ?? ''}
              data-open={isOpen || undefined}
            />
          }
          aria-expanded={isOpen}
          aria-controls={panel}
          onClick={() => setOpen(!isOpen)}
        >
          {texts.sessions.showFilters}
        </Button>
      </div>
      <div id={panel} hidden={!isOpen} className={styles['panel']}>
        <Reasons chosen={filter.reasons} onChange={(reasons) => onChange({ reasons })} />
        <NativeSelect
          label={texts.sessions.deviceKind}
          value={filter.deviceKind ?? ''}
          data={[
            { value: '', label: texts.sessions.any },
            ...DEVICE_KINDS.map((value) => ({ value, label: texts.sessions.kinds[value] })),
          ]}
          onChange={({ currentTarget: { value } }) =>
            onChange({ deviceKind: DEVICE_KINDS.find((kind) => kind === value) ?? null })
          }
        />
        <DraftField label={texts.sessions.browser} placeholder="Firefox" {...typed('browser')} />
        <DraftField label={texts.sessions.system} placeholder="macOS" {...typed('system')} />
        <DraftField
          label={texts.sessions.country}
          placeholder="IS"
          maxLength={2}
          value={filter.country ?? ''}
          problem={(text) => (text === '' || readCountry(text) ? null : texts.sessions.badCountry)}
          onCommit={(text) => onChange({ country: readCountry(text) }, { isTyping: true })}
        />
        <DraftField label={texts.sessions.network} placeholder="203.0.113.0/24" {...typed('network')} />
        <NativeSelect
          label={texts.sessions.transport}
          value={filter.transport ?? ''}
          data={[
            { value: '', label: texts.sessions.any },
            { value: 'COOKIE', label: texts.sessions.transports.COOKIE },
            { value: 'TOKEN', label: texts.sessions.transports.TOKEN },
          ]}
          onChange={({ currentTarget: { value } }) =>
            onChange({ transport: value === 'COOKIE' || value === 'TOKEN' ? value : null })
          }
        />
        {TIMES.map((time) => (
          <fieldset key={time} className={styles['range']}>
            <legend>{TIME_LABELS[time]}</legend>
            <MomentField
              label={texts.sessions.from}
              value={filter[`${time}After`]}
              onCommit={(moment) => onChange({ [`${time}After`]: moment }, { isTyping: true })}
            />
            <MomentField
              label={texts.sessions.before}
              value={filter[`${time}Before`]}
              onCommit={(moment) => onChange({ [`${time}Before`]: moment }, { isTyping: true })}
            />
          </fieldset>
        ))}
        <Switch
          label={texts.sessions.onlyFlagged}
          checked={filter.flagged}
          className={styles['switch'] ?? ''}
          onChange={(event) => onChange({ flagged: event.currentTarget.checked })}
        />
      </div>
      {(partsOf(filter).length > 0 || search !== '') && (
        <ul className={styles['words']} aria-label={texts.sessions.filtersSet(words.length)}>
          {words.map(({ key, text, without }) => (
            <li key={key}>
              <button
                type="button"
                className={styles['word']}
                aria-label={texts.sessions.remove(text)}
                onClick={() => onChange(without)}
              >
                {text}
                <IconX size={14} aria-hidden />
              </button>
            </li>
          ))}
          <li>
            <Button variant="subtle" size="compact-sm" onClick={onClear}>
              {texts.sessions.clear}
            </Button>
          </li>
        </ul>
      )}
    </search>
  )
}

const TIME_LABELS = {
  created: texts.sessions.created,
  lastActive: texts.sessions.lastActive,
  ended: texts.sessions.ended,
}

function Reasons({
  chosen,
  onChange,
}: {
  chosen: SessionFilter['reasons']
  onChange: (reasons: SessionFilter['reasons']) => void
}) {
  const label = useId()
  return (
    <div>
      <span id={label} className={styles['label']}>
        {texts.sessions.reasons}
      </span>
      <Popover position="bottom-start" width={280} shadow="md" trapFocus>
        <Popover.Target>
          <Button
            variant="default"
            fullWidth
            justify="space-between"
            fw={400}
            rightSection={<IconChevronDown size={16} aria-hidden />}
            aria-describedby={label}
          >
            {chosen.length === 0 ? texts.sessions.anyReason : texts.sessions.reasonsChosen(chosen.length)}
          </Button>
        </Popover.Target>
        <Popover.Dropdown className={styles['reasons'] ?? ''}>
          <Checkbox.Group
            aria-label={texts.sessions.reasons}
            value={[...chosen]}
            onChange={(values) => onChange(SESSION_END_REASONS.filter((reason) => values.includes(reason)))}
          >
            <Stack gap="xs">
              {SESSION_END_REASONS.map((reason) => (
                <Checkbox key={reason} value={reason} label={texts.sessions.reasonNames[reason]} size="sm" />
              ))}
            </Stack>
          </Checkbox.Group>
        </Popover.Dropdown>
      </Popover>
    </div>
  )
}

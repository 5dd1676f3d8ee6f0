import { SETTINGS } from './settings.ts'

/** All settings as a Markdown table, for the documentation. */
export function settingsTable(): string {
  const rows = Object.entries(SETTINGS).map(
    ([name, { description, fallback, example }]) =>
      `| \`${name}\` | ${description} | ${fallback} | \`${example}\` |`,
  )
  return ['| setting | what it is for | if not set | example |', '|---|---|---|---|', ...rows].join('\n')
}

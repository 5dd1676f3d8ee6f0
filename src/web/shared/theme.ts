import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core'

/** Midnight: the hour of a curfew. */
const midnight: MantineColorsTuple = [
  '#eef0ff',
  '#dcdff9',
  '#b6bbf0',
  '#8e95e8',
  '#6c75e1',
  '#5660dd',
  '#4a55dc',
  '#3b46c3',
  '#333eaf',
  '#27349a',
]

/** Greys of the night, with a little of its blue. */
const dark: MantineColorsTuple = [
  '#d9dcee',
  '#bcc0dc',
  '#9ba0c4',
  '#7378a0',
  '#3a3f66',
  '#2b2f53',
  '#1d2040',
  '#12142c',
  '#0d0f22',
  '#080917',
]

/** How both pages look, in the light and in the dark. */
export const theme = createTheme({
  primaryColor: 'midnight',
  primaryShade: { light: 7, dark: 5 },
  colors: { midnight, dark },
  autoContrast: true,
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif',
  headings: { fontWeight: '650' },
})

/** Where the library's own colours are too faint to be read by everybody (WCAG 2.2, 1.4.3: a contrast of 4.5 to 1). */
export const readableColors: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-text': '#1b1d33',
    '--mantine-color-dimmed': '#555a78',
    '--mantine-color-error': 'var(--mantine-color-red-9)',
    '--mantine-color-anchor': 'var(--mantine-color-midnight-7)',
    '--mantine-color-placeholder': '#6b7090',
  },
  dark: {
    '--mantine-color-dimmed': 'var(--mantine-color-dark-2)',
    '--mantine-color-error': 'var(--mantine-color-red-4)',
    '--mantine-color-anchor': 'var(--mantine-color-midnight-2)',
    '--mantine-color-placeholder': 'var(--mantine-color-dark-2)',
    // the library's would be the colour of what it stands on
    '--mantine-color-disabled': 'var(--mantine-color-dark-5)',
    '--mantine-color-disabled-color': 'var(--mantine-color-dark-2)',
    // calm: what is only said need not glow
    '--mantine-color-midnight-light': 'rgb(108 117 225 / 20%)',
    '--mantine-color-orange-light': 'rgb(255 146 43 / 14%)',
    '--mantine-color-red-light': 'rgb(255 90 90 / 14%)',
    '--mantine-color-teal-light': 'rgb(32 201 151 / 16%)',
  },
})

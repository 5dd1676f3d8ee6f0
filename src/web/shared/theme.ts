import { createTheme, type MantineColorsTuple } from '@mantine/core'

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

/** How both pages look, in the light and in the dark. */
export const theme = createTheme({
  primaryColor: 'midnight',
  primaryShade: { light: 7, dark: 5 },
  colors: { midnight },
  autoContrast: true,
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif',
  headings: { fontWeight: '650' },
})

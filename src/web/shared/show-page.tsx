import './motion.css'
import { MantineProvider } from '@mantine/core'
import { type ReactNode, StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { styleNonce } from './nonce.ts'
import { readableColors, theme } from './theme.ts'

/** Shows a page in its document. */
export function showPage(page: ReactNode): void {
  const root = document.querySelector('#root')
  if (!root) throw new Error('the document has no #root')
  createRoot(root).render(
    <StrictMode>
      <MantineProvider
        theme={theme}
        cssVariablesResolver={readableColors}
        defaultColorScheme="auto"
        getStyleNonce={styleNonce}
      >
        {page}
      </MantineProvider>
    </StrictMode>,
  )
}

import './styles.ts'
import { createSessionClient } from '../../client/index.ts'
import { showPage } from '../shared/show-page.tsx'
import { AdministrationPage } from './administration-page.tsx'

showPage(
  <AdministrationPage client={createSessionClient({ url: new URL('/graphql', location.href).href })} />,
)

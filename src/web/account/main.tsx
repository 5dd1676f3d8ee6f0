import './styles.ts'
import { showPage } from '../shared/show-page.tsx'
import { AccountPage } from './account-page.tsx'

showPage(<AccountPage />)

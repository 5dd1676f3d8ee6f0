import '@mantine/core/styles.layer.css'
import { Title } from '@mantine/core'
import { showPage } from '../shared/show-page.tsx'

showPage(<Title>Curfew</Title>)

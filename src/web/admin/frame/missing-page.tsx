import { Link } from 'react-router'
import { Nothing } from '../lists/nothing.tsx'
import { texts } from '../texts.ts'
import { PageTitle } from './page-title.tsx'

/** An address that shows nothing. */
export function MissingPage() {
  return (
    <>
      <PageTitle>{texts.missing.title}</PageTitle>
      <Nothing title={texts.missing.title}>
        <Link to="/">{texts.missing.back}</Link>
      </Nothing>
    </>
  )
}

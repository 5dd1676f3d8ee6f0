// Pages that use other libraries with the session: those of docs/client.md.
import { createRoot } from 'react-dom/client'
import * as apollo from '../examples/apollo.ts'
import * as graphqlRequest from '../examples/graphql-request.ts'
import * as react from '../examples/react.tsx'
import * as signIn from '../examples/sign-in.ts'
import * as urql from '../examples/urql.ts'
import * as verification from '../examples/verification.ts'

declare global {
  var examples: {
    apollo: typeof apollo
    graphqlRequest: typeof graphqlRequest
    react: typeof react
    signIn: typeof signIn
    urql: typeof urql
    verification: typeof verification
  }
  /** Shows the component of the example with React. */
  var show: () => void
}

globalThis.examples = { apollo, graphqlRequest, react, signIn, urql, verification }
globalThis.show = () => {
  const root = document.body.appendChild(document.createElement('main'))
  createRoot(root).render(<react.Account />)
}

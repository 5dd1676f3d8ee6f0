import {
  type ASTVisitor,
  GraphQLError,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql'

/** Lexical tokens of one document; parsing stops there. */
export const MOST_TOKENS = 1_000
/** Aliases of one document. */
export const MOST_ALIASES = 15
/** Directives of one document. */
export const MOST_DIRECTIVES = 20

/** Mutations that check a credential or create one: one of them in an operation, so that aliases cannot multiply guesses. */
const CREDENTIAL_CHECKS: ReadonlySet<string> = new Set([
  'signUp',
  'signIn',
  'reverify',
  'refreshSession',
  'updatePassword',
])

/** Refuses documents with more aliases or directives than anyone needs. */
export function limitRepetition(context: ValidationContext): ASTVisitor {
  let [aliases, directives] = [0, 0]
  return {
    Field(node) {
      if (node.alias && ++aliases === MOST_ALIASES + 1) {
        context.reportError(
          tooComplex(`The document has more than ${MOST_ALIASES} aliases. Split it into several requests.`),
        )
      }
    },
    Directive() {
      if (++directives === MOST_DIRECTIVES + 1) {
        context.reportError(
          tooComplex(
            `The document has more than ${MOST_DIRECTIVES} directives. Split it into several requests.`,
          ),
        )
      }
    },
  }
}

/** Refuses operations with more than one mutation that checks a credential, through whatever fragments they come. */
export function limitCredentialChecks(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition(operation) {
      if (operation.operation !== 'mutation') return
      if (countCredentialChecks(context, operation) > 1) {
        context.reportError(
          new GraphQLError(
            `An operation may contain one of these mutations, once: ${[...CREDENTIAL_CHECKS].join(', ')}. Send the others in requests of their own.`,
            { nodes: [operation], extensions: { code: 'ONE_CREDENTIAL_CHECK_PER_OPERATION' } },
          ),
        )
      }
    },
  }
}

function countCredentialChecks(context: ValidationContext, operation: OperationDefinitionNode): number {
  const seen = new Set<string>()
  const count = (selectionSet: SelectionSetNode): number => {
    let total = 0
    for (const selection of selectionSet.selections) {
      if (selection.kind === 'Field') total += CREDENTIAL_CHECKS.has(selection.name.value) ? 1 : 0
      else if (selection.kind === 'InlineFragment') total += count(selection.selectionSet)
      else if (!seen.has(selection.name.value)) {
        // once each: fields that a fragment brings twice under one name are merged into one call
        seen.add(selection.name.value)
        const fragment = context.getFragment(selection.name.value)
        if (fragment) total += count(fragment.selectionSet)
      }
    }
    return total
  }
  return count(operation.selectionSet)
}

function tooComplex(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'OPERATION_TOO_COMPLEX' } })
}

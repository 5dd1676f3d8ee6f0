import { type DocumentNode, Kind, OperationTypeNode } from 'graphql'

/**
 * Whether a document does nothing but refresh. That says by itself whether a person is behind it (`background`): a credential that
 * a client sends along with everything is then no sign of one.
 */
export function isRefreshAlone({ definitions }: DocumentNode): boolean {
  return definitions.every(
    (definition) =>
      definition.kind !== Kind.OPERATION_DEFINITION ||
      (definition.operation === OperationTypeNode.MUTATION &&
        definition.selectionSet.selections.every(
          (selection) => selection.kind === Kind.FIELD && OF_A_REFRESH.includes(selection.name.value),
        )),
  )
}

const OF_A_REFRESH = ['refreshSession', '__typename']

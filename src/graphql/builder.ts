import SchemaBuilder from '@pothos/core'
import ComplexityPlugin, { type ComplexityErrorFn } from '@pothos/plugin-complexity'
import RelayPlugin from '@pothos/plugin-relay'
import { GraphQLError } from 'graphql'
import type { Context } from './context.ts'
import { decodeGlobalId, encodeGlobalId } from './global-ids.ts'

/** How much one operation may ask for. */
export const OPERATION_LIMITS = { complexity: 5_000, depth: 12, breadth: 200 } as const

const tooComplex: ComplexityErrorFn = (kind, result) => {
  const name = kind.toLowerCase() as keyof typeof OPERATION_LIMITS
  return new GraphQLError(
    `This operation's ${name} is ${result[name]}; at most ${OPERATION_LIMITS[name]} is allowed. Ask for fewer fields, or smaller pages.`,
    { extensions: { code: 'OPERATION_TOO_COMPLEX' } },
  )
}

/** Builds the schema; defines no types itself. */
export const builder = new SchemaBuilder<{
  Context: Context
  DefaultFieldNullability: false
  DefaultEdgesNullability: { list: false; items: false }
  DefaultNodeNullability: false
  Scalars: {
    ID: { Input: string; Output: string }
    DateTime: { Input: Date; Output: Date }
    EventCursor: { Input: string; Output: string }
  }
}>({
  plugins: [RelayPlugin, ComplexityPlugin],
  defaultFieldNullability: false,
  relay: {
    idFieldOptions: { description: 'Opaque, and never a secret.' },
    edgesFieldOptions: { nullable: { list: false, items: false } },
    nodeFieldOptions: { nullable: false },
    cursorFieldOptions: { description: 'Where it stands in the list: `after` takes it.' },
    pageInfoFieldOptions: { description: 'Where this page lies in the list.' },
    hasNextPageFieldOptions: { description: 'Whether there is more behind this page.' },
    hasPreviousPageFieldOptions: { description: 'Whether there is more in front of this page.' },
    startCursorFieldOptions: {
      nullable: true,
      description: 'The cursor of the first item. Null if the page is empty.',
    },
    endCursorFieldOptions: {
      nullable: true,
      description: 'The cursor of the last item, for the next page. Null if the page is empty.',
    },
    encodeGlobalID: encodeGlobalId,
    decodeGlobalID: decodeGlobalId,
    nodeTypeOptions: {
      description: 'Something with an id that stays the same. The id is opaque and never a secret.',
    },
    nodeQueryOptions: {
      description: 'The object with this id. Null if there is none, or the viewer may not see it.',
      args: { id: { description: 'An id that this server gave out.' } },
    },
    nodesQueryOptions: false,
    pageInfoTypeOptions: { description: 'Where a page lies in its list.' },
  },
  complexity: {
    defaultComplexity: 1,
    defaultListMultiplier: 10,
    limit: OPERATION_LIMITS,
    complexityError: tooComplex,
  },
})

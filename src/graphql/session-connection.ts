import type { Count as CountEntity } from '../kernel/page.ts'
import { builder } from './builder.ts'
import { Count } from './count.ts'
import { Session } from './session-ref.ts'

const SessionEdge = builder.edgeObject({
  type: Session,
  name: 'SessionEdge',
  nodeNullable: false,
  nodeField: { description: 'The session.' },
  description: 'A session in a list.',
})

export const SessionConnection = builder.connectionObject(
  {
    type: Session,
    name: 'SessionConnection',
    description: 'A page of sessions.',
    fields: (t) => ({
      count: t.field({
        type: Count,
        description: 'How many sessions there are on all pages together.',
        complexity: { field: 5 },
        resolve: (connection) => (connection as unknown as Counted).count(),
      }),
    }),
    edgesNullable: { list: false, items: false },
    // as many as the field of the connection has counted already
    edgesField: { description: 'The sessions of this page.', complexity: { field: 1, multiplier: 1 } },
  },
  SessionEdge,
)

/** What the plugin's type of a connection has no room for. */
interface Counted {
  readonly count: () => Promise<CountEntity> | CountEntity
}

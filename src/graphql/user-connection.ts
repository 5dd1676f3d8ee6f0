import type { Count as CountEntity } from '../kernel/page.ts'
import { builder } from './builder.ts'
import { Count } from './count.ts'
import { User } from './users.ts'

const UserEdge = builder.edgeObject({
  type: User,
  name: 'UserEdge',
  nodeNullable: false,
  nodeField: { description: 'The user.' },
  description: 'A user in a list.',
})

export const UserConnection = builder.connectionObject(
  {
    type: User,
    name: 'UserConnection',
    description: 'A page of users.',
    fields: (t) => ({
      count: t.field({
        type: Count,
        description: 'How many users there are on all pages together.',
        complexity: { field: 5 },
        resolve: (connection) => (connection as unknown as Counted).count(),
      }),
    }),
    edgesNullable: { list: false, items: false },
    // as many as the field of the connection has counted already
    edgesField: { description: 'The users of this page.', complexity: { field: 1, multiplier: 1 } },
  },
  UserEdge,
)

/** What the plugin's type of a connection has no room for. */
interface Counted {
  readonly count: () => Promise<CountEntity> | CountEntity
}

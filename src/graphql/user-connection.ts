import { builder } from './builder.ts'
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
    edgesNullable: { list: false, items: false },
    // as many as the field of the connection has counted already
    edgesField: { description: 'The users of this page.', complexity: { field: 1, multiplier: 1 } },
  },
  UserEdge,
)

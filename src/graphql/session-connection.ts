import { builder } from './builder.ts'
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
    edgesNullable: { list: false, items: false },
    // as many as the field of the connection has counted already
    edgesField: { description: 'The sessions of this page.', complexity: { field: 1, multiplier: 1 } },
  },
  SessionEdge,
)

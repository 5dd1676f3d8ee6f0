import { type GraphQLSchema, lexicographicSortSchema, printSchema } from 'graphql'
import { builder } from './builder.ts'
import './scalars.ts'
import './users.ts'
import './sessions.ts'
import './sign-in.ts'
import './refresh.ts'
import './step-up.ts'
import './revoke.ts'
import './administration.ts'
import './revoke-at-scale.ts'
import './statistics.ts'
import './subscriptions.ts'

builder.queryType({ description: 'What can be read.' })
builder.mutationType({ description: 'What can be done.' })
builder.subscriptionType({ description: 'What is told as it happens.' })

/** The executable schema. */
export function buildSchema(): GraphQLSchema {
  return builder.toSchema({ sortSchema: true })
}

/** The schema as `schema.graphql` holds it: sorted, with descriptions. */
export function printSortedSchema(schema: GraphQLSchema): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`
}

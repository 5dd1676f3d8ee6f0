import type { Command } from 'commander'
import type { Terminal } from './terminal.ts'

/** `curfew schema` */
export function addSchemaCommand(program: Command, terminal: Terminal): void {
  program
    .command('schema')
    .summary('print the GraphQL schema')
    .description('Prints the GraphQL schema: schema.graphql, as this version serves it.')
    .option('--json', 'print it as the result of an introspection')
    .addHelpText('after', '\nExamples:\n  curfew schema > schema.graphql')
    .action(async ({ json }: { json?: true }) => {
      const { buildSchema, printSortedSchema } = await import('../graphql/schema.ts')
      const schema = buildSchema()
      if (json) {
        const { introspectionFromSchema } = await import('graphql')
        return terminal.printJson(introspectionFromSchema(schema))
      }
      terminal.print(printSortedSchema(schema).trimEnd())
    })
}

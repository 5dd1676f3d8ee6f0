import type { CodegenConfig } from '@graphql-codegen/cli'

/** Pages send the text of an operation and need nothing else of it. */
const forPages = {
  plugins: ['typescript-operations', 'typed-document-node'],
  config: { documentMode: 'string' },
}

/** Types of the operations that pages, the demo and the tests send, from the printed schema: `npm run codegen`. */
const config: CodegenConfig = {
  schema: './schema.graphql',
  importExtension: '.ts',
  ignoreNoDocuments: true,
  config: {
    enumsAsTypes: true,
    scalars: { DateTime: 'string', EventCursor: 'string' },
    strictScalars: true,
    useTypeImports: true,
  },
  generates: {
    'src/web/account/generated/operations.ts': { documents: 'src/web/account/**/*.graphql', ...forPages },
    'src/web/admin/generated/operations.ts': { documents: 'src/web/admin/**/*.graphql', ...forPages },
    'src/demo/generated/operations.ts': {
      documents: 'src/demo/**/*.graphql',
      plugins: ['typescript-operations', 'typed-document-node'],
    },
    'test/kit/generated/operations.ts': {
      documents: 'test/**/*.graphql',
      plugins: ['typescript-operations', 'typed-document-node'],
    },
  },
}

export default config

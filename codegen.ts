import type { CodegenConfig } from '@graphql-codegen/cli'

/** Types of the operations that the demo and the tests send, from the printed schema: `npm run codegen`. */
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

import { codegen } from '@graphql-codegen/core';
import * as typedDocumentNode from '@graphql-codegen/typed-document-node';
import * as typescriptOperations from '@graphql-codegen/typescript-operations';
import { parse } from 'graphql';

/** The operations of the dashboard as text, each with the types of its variables and its result. */
export async function dashboardOperations(schema: string, operations: string): Promise<string> {
  const text = await codegen({
    filename: 'operations.ts',
    schema: parse(schema),
    documents: [{ document: parse(operations) }],
    plugins: [{ typescriptOperations: {} }, { typedDocumentNode: {} }],
    pluginMap: { typescriptOperations, typedDocumentNode },
    config: {
      documentMode: 'string',
      scalars: { BatchID: 'string', DateTime: 'string', Plur: 'string', Wei: 'string', SafeInt: 'number' },
      strictScalars: true,
      immutableTypes: true,
      useTypeImports: true,
      disableDescriptions: true,
      pureMagicComment: true,
    },
  });
  return `// Made by "npm run generate" from operations.graphql and the schema.\n${text.trimEnd()}\n`;
}

import {
  type DocumentNode,
  type FieldNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  OperationTypeNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { refusalOf } from '../domain/access-error.ts';
import { type Caller, permits } from '../domain/caller.ts';
import { accessExtensions } from './access-extensions.ts';
import type { GraphqlContext } from './context.ts';
import { requirementOf } from './requirements.ts';

/**
 * Refuses a mutation as a whole if the caller has no right to one of its fields. Otherwise an earlier field could acquire a stamp,
 * and the error of a later one would replace the response that names it.
 */
export const refuseMutations: Plugin<GraphqlContext> = {
  onExecute: (execution) => {
    const { document, schema, operationName, contextValue } = execution.args;
    const operation = getOperationAST(document, operationName);
    if (operation?.operation !== OperationTypeNode.MUTATION) return;
    const { caller } = contextValue;
    const rights = `${caller.kind} ${[...caller.scopes].join(' ')}`;
    const permitted = permittedTo.get(document) ?? new Set();
    if (permitted.has(rights)) return;
    const errors = refusedFields(document, schema, caller);
    if (errors.length > 0) execution.setResultAndStopExecution({ errors });
    else permittedTo.set(document, permitted.add(rights));
  },
};

/** Kinds and scopes of callers that may execute a document, so that a cached document is visited once for each. */
const permittedTo = new WeakMap<DocumentNode, Set<string>>();

function refusedFields(
  document: DocumentNode,
  schema: GraphQLSchema,
  caller: Caller,
): readonly GraphQLError[] {
  const errors: GraphQLError[] = [];
  const typeInfo = new TypeInfo(schema);
  const checkField = {
    Field: (node: FieldNode) => {
      const definition = typeInfo.getFieldDef();
      if (typeInfo.getParentType() !== schema.getMutationType() || !definition) return;
      const requirement = requirementOf(definition);
      if (requirement === null || permits(caller, requirement)) return;
      const refusal = refusalOf(caller, requirement);
      const path = [node.alias?.value ?? node.name.value];
      errors.push(new GraphQLError(refusal.message, { path, extensions: accessExtensions(refusal) }));
    },
  };
  visit(document, visitWithTypeInfo(typeInfo, checkField));
  return errors;
}

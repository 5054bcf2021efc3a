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
import { type AccessError, oneAcquisitionOnly, refusalOf } from '../domain/access-error.ts';
import { type Caller, permits, type Requirement } from '../domain/caller.ts';
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

/**
 * A caller without a token may acquire only one stamp per request: an acquisition of a depth that is not allowed fails in its
 * resolver, after an earlier one has acquired its stamp.
 */
function refusalFor(caller: Caller, requirement: Requirement, isAnother: boolean): AccessError | null {
  if (!permits(caller, requirement)) return refusalOf(caller, requirement);
  return isAnother && caller.kind === 'anonymous' ? oneAcquisitionOnly() : null;
}

function refusedFields(
  document: DocumentNode,
  schema: GraphQLSchema,
  caller: Caller,
): readonly GraphQLError[] {
  const errors: GraphQLError[] = [];
  const names = new Set<string>();
  const typeInfo = new TypeInfo(schema);
  const checkField = {
    Field: (node: FieldNode) => {
      const definition = typeInfo.getFieldDef();
      if (typeInfo.getParentType() !== schema.getMutationType() || !definition) return;
      const requirement = requirementOf(definition);
      if (requirement === null) return; // __typename
      const name = node.alias?.value ?? node.name.value;
      const isAnother = names.size > 0 && !names.has(name);
      names.add(name);
      const refusal = refusalFor(caller, requirement, isAnother);
      if (refusal === null) return;
      const path = [name];
      const extensions = accessExtensions(refusal);
      errors.push(new GraphQLError(refusal.message, { nodes: node, path, extensions }));
    },
  };
  visit(document, visitWithTypeInfo(typeInfo, checkField));
  return errors;
}

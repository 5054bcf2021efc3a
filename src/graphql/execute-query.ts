import type { DocumentNode, ExecutionResult, GraphQLError } from 'graphql';
import type { Caller } from '../domain/caller.ts';
import type { GraphqlParts, Yoga } from './context.ts';

/** Executes a document of the service itself, with the same rules and the same masking of errors as one of a client. */
export type ExecuteQuery = (request: {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly caller: Caller;
}) => Promise<ExecutionResult>;

export function queryExecutor(
  yoga: Yoga,
  { pool, operations }: Pick<GraphqlParts, 'pool' | 'operations'>,
): ExecuteQuery {
  const { schema, parse, validate, execute } = yoga.getEnveloped({});
  return async ({ query, variables, caller }) => {
    const document: DocumentNode = parse(query);
    const errors: readonly GraphQLError[] = validate(schema, document);
    if (errors.length > 0) return { errors };
    const contextValue = { pool, operations, caller, rate: null };
    return await execute({ schema, document, variableValues: variables, contextValue });
  };
}

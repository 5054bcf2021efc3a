import { GraphQLError } from 'graphql';
import { INCIDENTS } from '../domain/incident.ts';
import { BadCursorError, StoreFailedError } from '../store/store.ts';

/**
 * What a client is told of an error: words and a code, never a stack. What nobody thought of goes to `report`, once,
 * with its cause.
 */
export const clientError =
  (report: (cause: unknown) => void) =>
  (error: unknown): GraphQLError => {
    const cause = causeOf(error);
    if (cause instanceof GraphQLError) return error instanceof GraphQLError ? error : cause;
    if (cause instanceof BadCursorError) {
      return told(error, { message: `after: ${cause.message}`, code: 'INVALID_INPUT' });
    }
    // The pool has reported it already, as an incident.
    if (cause instanceof StoreFailedError) {
      const { sentence, wayOut } = INCIDENTS.STORE_FAILED;
      return told(error, { message: `${sentence} Nothing was given out.`, code: 'STORE_FAILED', wayOut });
    }
    report(cause);
    return told(error, {
      message: 'Something went wrong that nobody thought of; it is in the log.',
      code: 'INTERNAL',
    });
  };

/** graphql-js wraps what resolvers and scalars throw. */
const causeOf = (error: unknown): unknown =>
  error instanceof GraphQLError && error.originalError ? causeOf(error.originalError) : error;

interface Words {
  readonly message: string;
  readonly code: string;
  readonly wayOut?: string;
}

const told = (error: unknown, { message, ...extensions }: Words): GraphQLError =>
  new GraphQLError(message, {
    extensions,
    ...(error instanceof GraphQLError ? { nodes: error.nodes ?? null, path: error.path ?? null } : {}),
  });

import { GraphQLError } from 'graphql';
import { AccessError } from '../domain/access-error.ts';
import { INCIDENTS } from '../domain/incident.ts';
import { BadCursorError, OutcomeUnknownError, StoreFailedError } from '../store/store.ts';
import { accessExtensions } from './access-extensions.ts';

/**
 * Converts an error into the one that the client gets: a message and a code, never a stack. An unexpected error is
 * masked, and its cause is passed to `report` once.
 */
export const toGraphQLError =
  (report: (cause: unknown) => void) =>
  (error: unknown): GraphQLError => {
    const cause = causeOf(error);
    if (cause instanceof GraphQLError) return coded(error instanceof GraphQLError ? error : cause);
    if (cause instanceof AccessError) {
      return replaceError(error, { message: cause.message, ...accessExtensions(cause) });
    }
    if (cause instanceof BadCursorError) {
      return replaceError(error, { message: `after: ${cause.message}`, code: 'INVALID_INPUT' });
    }
    // The pool has reported it as an incident.
    if (cause instanceof StoreFailedError) {
      const { sentence, suggestion } = INCIDENTS.STORE_FAILED;
      return replaceError(error, {
        code: 'STORE_FAILED',
        ...(cause instanceof OutcomeUnknownError
          ? {
              message: `${sentence} A stamp may have been given out.`,
              suggestion:
                'Retry with the same idempotencyKey. If a stamp was given out, the retry gets the same one.',
            }
          : { message: `${sentence} This field gave out no stamp.`, suggestion }), // an earlier one may have
      });
    }
    report(cause);
    return replaceError(error, {
      message: 'Internal error; details are in the server log.',
      code: 'INTERNAL',
    });
  };

/** graphql-js gives no code to a variable of a wrong type, which it refuses before it executes a field. */
function coded(error: GraphQLError): GraphQLError {
  if (error.path !== undefined || error.extensions['code'] !== undefined) return error;
  const extensions = { ...error.extensions, code: 'BAD_USER_INPUT' };
  return new GraphQLError(error.message, { nodes: error.nodes ?? null, extensions });
}

/** graphql-js wraps the errors that resolvers and scalars throw. */
const causeOf = (error: unknown): unknown =>
  error instanceof GraphQLError && error.originalError ? causeOf(error.originalError) : error;

interface Replacement {
  readonly message: string;
  readonly code: string;
  readonly suggestion?: string;
  readonly requiredScopes?: readonly string[];
}

/** An error at the same position of the document and the result. */
const replaceError = (error: unknown, { message, ...extensions }: Replacement): GraphQLError =>
  new GraphQLError(message, {
    extensions,
    ...(error instanceof GraphQLError ? { nodes: error.nodes ?? null, path: error.path ?? null } : {}),
  });

import type { ExecutionResult } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { missingToken } from '../domain/access-error.ts';

/** Over HTTP, a response without any data because of its caller has the status 401, 403 or 429. Errors beside data keep 200. */
export const refusedStatus: Plugin = {
  onResultProcess: (processing) => {
    const { result } = processing;
    if (Array.isArray(result) || !('errors' in result) || result.data) return;
    const http = refusalHttpOf(result.errors ?? []);
    if (http) processing.setResult(withHttp(result, http));
  },
};

interface Http {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The status of a response that has these errors and no data; null if they are not due to the caller. */
export function refusalHttpOf(errors: NonNullable<ExecutionResult['errors']>): Http | null {
  const codes = errors.map(({ extensions }) => extensions['code']);
  if (codes.includes('UNAUTHENTICATED')) return { status: 401, headers: missingToken().headers };
  if (codes.includes('RATE_LIMITED')) return { status: 429 }; // the headers were set before the body was read
  return codes.includes('FORBIDDEN') ? { status: 403 } : null;
}

/** Yoga takes `http` out of the extensions before it sends them. */
const withHttp = (result: ExecutionResult, http: Http): ExecutionResult => ({
  ...result,
  extensions: { ...result.extensions, http },
});

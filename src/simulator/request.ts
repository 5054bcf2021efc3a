import type { SimRequest } from './response.ts';

/** A request taken apart; `vars` are the named parts of its path. */
export interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly vars: Readonly<Record<string, string>>;
}

export function parseCall(request: SimRequest): Call {
  const mark = request.path.indexOf('?');
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers ?? {})) headers[name.toLowerCase()] = value;
  return {
    method: request.method.toUpperCase(),
    path: mark < 0 ? request.path : request.path.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? '' : request.path.slice(mark + 1)),
    headers,
    body: request.body ?? '',
    vars: {},
  };
}

/** Another path with the same query. */
export function sameQuery({ query }: Call, path: string): string {
  return query.size > 0 ? `${path}?${query}` : path;
}

export function variable(call: Call, name: string): string {
  return call.vars[name] ?? '';
}

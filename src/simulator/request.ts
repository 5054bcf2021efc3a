import type { SimRequest } from './response.ts';

/** A request with its path, query and headers parsed. `vars` are the variables of its route. */
export interface ParsedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly vars: Readonly<Record<string, string>>;
}

export function parseRequest(request: SimRequest): ParsedRequest {
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

/** Returns another path with the query of this request. */
export function withQueryOf({ query }: ParsedRequest, path: string): string {
  return query.size > 0 ? `${path}?${query}` : path;
}

export function variable(request: ParsedRequest, name: string): string {
  return request.vars[name] ?? '';
}

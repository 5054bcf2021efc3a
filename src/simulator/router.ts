import type { Coroutine } from './coroutines.ts';
import type { Faults } from './faults.ts';
import type { BeeNode } from './node.ts';
import { type ParsedRequest, withQueryOf } from './request.ts';
import { methodNotAllowed, movedTo, options, problem, type SimResponse } from './response.ts';

/** Finds the route of a request, and runs its middlewares and its handler. */
export class Router {
  readonly #parts: RouterParts;
  readonly #routes: readonly Compiled[];

  constructor(parts: RouterParts) {
    this.#parts = parts;
    this.#routes = parts.routes.map((route) => ({
      ...route,
      segments: route.path.split('/').slice(1),
      allow: Object.keys(route.methods).toSorted().join(', '),
    }));
  }

  *dispatch(request: ParsedRequest): Coroutine<SimResponse> {
    const clean = cleanPath(request.path);
    if (clean !== request.path) return movedTo(301, withQueryOf(request, clean));
    const found = this.#find(request);
    if (found === undefined) return problem(404, 'Not Found');
    const { route, vars } = found;
    const unavailable = this.#beforeSemaphore(request, route.middleware);
    if (unavailable) return unavailable;
    if (!route.middleware.operation) return yield* this.#pass({ ...request, vars }, route);
    const { faults, node } = this.#parts;
    if (faults.take('busy429', request) || !node.tryOperate()) {
      return problem(429, 'simultaneous on-chain operations not supported');
    }
    try {
      return yield* this.#pass({ ...request, vars }, route);
    } finally {
      node.endOperation();
    }
  }

  #beforeSemaphore(request: ParsedRequest, middleware: Middleware): SimResponse | undefined {
    const { node, faults } = this.#parts;
    if (middleware.business && (node.phase === 'starting' || faults.take('startup503', request))) {
      return problem(503, 'Node is syncing. This endpoint is unavailable. Try again later.');
    }
    if (middleware.chain && faults.get('ultraLight403')) {
      return problem(403, 'Chain is disabled. This endpoint is unavailable.');
    }
    return undefined;
  }

  *#pass(request: ParsedRequest, route: Compiled): Coroutine<SimResponse> {
    const { node, faults } = this.#parts;
    if (route.middleware.synced) {
      const fault = faults.take('syncing503', request);
      if (fault) return problem(503, fault.message ?? 'syncing in progress');
      if (node.phase === 'syncing') return problem(503, 'syncing in progress');
    }
    const badGas = route.middleware.gas?.(request);
    if (badGas) return badGas;
    const handler = route.methods[request.method] ?? route.methods['ANY'];
    if (handler === undefined) {
      return request.method === 'OPTIONS' ? options(route.allow) : methodNotAllowed(route.allow);
    }
    const response = handler(request);
    return 'status' in response ? response : yield* response;
  }

  #find(request: ParsedRequest): { route: Compiled; vars: Record<string, string> } | undefined {
    const given = request.path.split('/').slice(1);
    const versioned = given[0] === 'v1' && given.length > 1;
    const segments = versioned ? given.slice(1) : given;
    for (const route of this.#routes) {
      if (versioned && !route.middleware.business) continue;
      const vars = match(route.segments, segments);
      if (vars) return { route, vars };
    }
    return undefined;
  }
}

export interface RouterParts {
  readonly node: BeeNode;
  readonly faults: Faults;
  readonly routes: readonly Route[];
}

export interface Route {
  /** A segment that starts with ':' is a variable. A last segment that ends with '*' matches the rest, slashes included. */
  readonly path: string;
  readonly middleware: Middleware;
  /** ANY matches every method. */
  readonly methods: Readonly<Record<string, Handler>>;
}

/** The middlewares of a route, in the order of docs/bee.md#middleware. */
export interface Middleware {
  /** Available only after the start. Such a route exists under /v1 too. */
  readonly business?: boolean;
  readonly chain?: boolean;
  readonly operation?: boolean;
  readonly synced?: boolean;
  /** Parses Gas-Price and Gas-Limit. Returns undefined if they are valid. */
  readonly gas?: (request: ParsedRequest) => SimResponse | undefined;
}

type Handler = (request: ParsedRequest) => SimResponse | Coroutine<SimResponse>;

interface Compiled extends Route {
  readonly segments: readonly string[];
  readonly allow: string;
}

/** Removes empty segments and dots. Bee's router redirects to such a path before it looks for a route. */
function cleanPath(path: string): string {
  if (!path.includes('//') && !path.includes('/.')) return path;
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  return `/${kept.join('/')}${path.endsWith('/') && kept.length > 0 ? '/' : ''}`;
}

function match(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  const last = pattern.at(-1) ?? '';
  if (last.endsWith('*') && segments.length >= pattern.length) {
    const rest = segments.slice(pattern.length - 1).join('/');
    const before = match(pattern.slice(0, -1), segments.slice(0, pattern.length - 1));
    return before && { ...before, [last.slice(1, -1)]: decode(rest) };
  }
  if (pattern.length !== segments.length) return undefined;
  const vars: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? '';
    if (!part.startsWith(':')) {
      if (part !== segment) return undefined;
    } else if (segment === '') return undefined;
    else vars[part.slice(1)] = decode(segment);
  }
  return vars;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

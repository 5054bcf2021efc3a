import type { Job } from './coroutines.ts';
import type { Faults } from './faults.ts';
import type { BeeNode } from './node.ts';
import type { Call } from './request.ts';
import { sameQuery } from './request.ts';
import type { SimResponse } from './response.ts';
import { methodNotAllowed, movedTo, options, problem } from './response.ts';

type Handler = (call: Call) => SimResponse | Job<SimResponse>;

/** The middlewares a route passes, in the order of docs/bee.md#middleware. */
export interface Gates {
  /** Answers only after the start; such a route exists under /v1 too. */
  readonly business?: boolean;
  readonly chain?: boolean;
  readonly operation?: boolean;
  readonly synced?: boolean;
  /** Parses Gas-Price and Gas-Limit; undefined when they are fine. */
  readonly gas?: (call: Call) => SimResponse | undefined;
}

export interface Route {
  /** Segments; one that starts with ':' is a variable. A last one that ends with '*' takes the rest, slashes and all. */
  readonly path: string;
  readonly gates: Gates;
  /** ANY: whatever the method is. */
  readonly methods: Readonly<Record<string, Handler>>;
}

export interface RouterParts {
  readonly node: BeeNode;
  readonly faults: Faults;
  readonly routes: readonly Route[];
}

interface Compiled extends Route {
  readonly segments: readonly string[];
  readonly allow: string;
}

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

  *dispatch(call: Call): Job<SimResponse> {
    const clean = cleanPath(call.path);
    if (clean !== call.path) return movedTo(301, sameQuery(call, clean));
    const found = this.#find(call);
    if (found === undefined) return problem(404, 'Not Found');
    const { route, vars } = found;
    const closed = this.#beforeSemaphore(call, route.gates);
    if (closed) return closed;
    if (!route.gates.operation) return yield* this.#pass({ ...call, vars }, route);
    const { faults, node } = this.#parts;
    if (faults.take('busy429', call) || !node.tryOperate()) {
      return problem(429, 'simultaneous on-chain operations not supported');
    }
    try {
      return yield* this.#pass({ ...call, vars }, route);
    } finally {
      node.endOperation();
    }
  }

  #beforeSemaphore(call: Call, gates: Gates): SimResponse | undefined {
    const { node, faults } = this.#parts;
    if (gates.business && (node.phase === 'starting' || faults.take('startup503', call))) {
      return problem(503, 'Node is syncing. This endpoint is unavailable. Try again later.');
    }
    if (gates.chain && faults.get('ultraLight403')) {
      return problem(403, 'Chain is disabled. This endpoint is unavailable.');
    }
    return undefined;
  }

  *#pass(call: Call, route: Compiled): Job<SimResponse> {
    const { node, faults } = this.#parts;
    if (route.gates.synced) {
      const fault = faults.take('syncing503', call);
      if (fault) return problem(503, fault.message ?? 'syncing in progress');
      if (node.phase === 'syncing') return problem(503, 'syncing in progress');
    }
    const badGas = route.gates.gas?.(call);
    if (badGas) return badGas;
    const handler = route.methods[call.method] ?? route.methods['ANY'];
    if (handler === undefined) {
      return call.method === 'OPTIONS' ? options(route.allow) : methodNotAllowed(route.allow);
    }
    const answer = handler(call);
    return 'status' in answer ? answer : yield* answer;
  }

  #find(call: Call): { route: Compiled; vars: Record<string, string> } | undefined {
    const given = call.path.split('/').slice(1);
    const versioned = given[0] === 'v1' && given.length > 1;
    const segments = versioned ? given.slice(1) : given;
    for (const route of this.#routes) {
      if (versioned && !route.gates.business) continue;
      const vars = match(route.segments, segments);
      if (vars) return { route, vars };
    }
    return undefined;
  }
}

/** Without empty segments and dots, as Bee's router redirects to before it looks for a route. */
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

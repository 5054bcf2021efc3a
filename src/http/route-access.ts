import { DASHBOARD_ASSETS } from '../dashboard/mount-dashboard.ts';
import type { Requirement } from '../domain/caller.ts';
import { GRAPHQL_PATH } from '../graphql/context.ts';
import { DOCS_PATH, OPENAPI_PATH, REST_PREFIX, ROUTES } from '../rest/routes.ts';

/** `open`: needs no token, and gives no data of the pool that needs one. `fields`: each field of GraphQL has its own. */
export type RouteAccess = 'open' | 'fields' | Requirement;

const OWN_ROUTES: Readonly<Record<string, RouteAccess>> = {
  /** Preflight requests: a browser sends them without a token. */
  '*': 'open',
  '/': 'open',
  '/health': 'open',
  '/livez': 'open',
  '/readyz': 'open',
  '/metrics': { scopes: ['maintain'] },
  [GRAPHQL_PATH]: 'fields',
  [OPENAPI_PATH]: 'open',
  [DOCS_PATH]: 'open',
  [`${DOCS_PATH}/:version/page.css`]: 'open',
  /** Redirects to DOCS_PATH. */
  '/docs': 'open',
  '/redoc': 'open',
  /** Static files, without data. */
  '/graphiql/:version/:name': 'open',
  [DASHBOARD_ASSETS]: 'open',
};

const REST_ROUTES: ReadonlyMap<string, Requirement> = new Map(
  ROUTES.map(({ path, requires }) => [REST_PREFIX + path, requires]),
);

/** What the route with this pattern asks of its caller. @throws TypeError for a route that is not listed: it must not be served. */
export function accessOf(pattern: string): RouteAccess {
  const access = OWN_ROUTES[pattern] ?? REST_ROUTES.get(pattern);
  if (access !== undefined) return access;
  throw new TypeError(`the route ${pattern} is not listed in src/http/route-access.ts`);
}

import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import type { FirstData } from '../dashboard/built-dashboard.ts';
import { AccessError } from '../domain/access-error.ts';
import type { Authenticate, Session } from '../domain/caller.ts';
import type { ExecuteQuery } from '../graphql/execute-query.ts';
import { OTHER } from '../work-queue.ts';
import { isOverloaded, type Load } from './load-shedding.ts';

export interface DashboardDataParts extends Load {
  readonly authenticate: Authenticate;
  readonly addressOf: (request: IncomingMessage) => string | undefined;
  readonly execute: ExecuteQuery;
  readonly graphiql: boolean;
}

/**
 * What the dashboard shows first. Everything while the service is open, and nothing once requests need a token. When the
 * service is overloaded the page comes without data, and sends its query later.
 */
export const dashboardData =
  ({ authenticate, addressOf, execute, graphiql, ...load }: DashboardDataParts) =>
  async (request: FastifyRequest, query: string): Promise<FirstData> => {
    const session = await sessionWithoutToken(authenticate, addressOf(request.raw));
    if (session?.caller.kind !== 'open') return { graphiql, access: 'token', data: null };
    if (isOverloaded(load, OTHER)) return { graphiql, access: 'open', data: null };
    await load.workQueue.start('other');
    const { data, errors } = await execute({ query, variables: EVERYTHING, caller: session.caller });
    return { graphiql, access: 'open', data: errors ? null : data };
  };

const EVERYTHING = { acquire: true, maintain: true };

/** null if a request needs a token. */
async function sessionWithoutToken(
  authenticate: Authenticate,
  ip: string | undefined,
): Promise<Session | null> {
  try {
    return await authenticate({ ip, authorization: undefined });
  } catch (error) {
    if (error instanceof AccessError) return null;
    throw error;
  }
}

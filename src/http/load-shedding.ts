import type { FastifyReply, FastifyRequest } from 'fastify';
import { clientGone } from '../domain/access-error.ts';
import { laneOf, type RequestLane, type WorkQueue } from '../graphql/work-queue.ts';
import { PROBE_PATHS } from './probes.ts';

interface Bounds {
  /** Requests that wait, before further ones are refused. */
  readonly waiting: number;
  readonly lagMs: number;
}

/** What shows how busy the service is. */
export interface Load {
  readonly workQueue: WorkQueue;
  /** How late the event loop runs. */
  readonly lagMs: () => number;
}

/** Acquisitions are refused last. */
const BOUNDS: Readonly<Record<RequestLane, Bounds>> = {
  acquire: { waiting: 2000, lagMs: 3000 },
  other: { waiting: 200, lagMs: 500 },
};
const RETRY_SECONDS = 5;
/** A supervisor that asks for these must not take an overload for a failure. */
const UNLIMITED_PATHS: ReadonlySet<string | undefined> = new Set([...PROBE_PATHS, '/health', '/']);

/** A hook after the body is read: requests start one by one, and are refused when the service is overloaded. */
export const shedLoad =
  ({ workQueue, lagMs }: Load) =>
  async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    if (UNLIMITED_PATHS.has(request.routeOptions.url)) return;
    const lane = laneOfRequest(request);
    if (!isOverloaded({ workQueue, lagMs }, lane)) {
      await workQueue.start(lane);
      if (request.raw.socket.destroyed) throw clientGone();
      return;
    }
    reply.code(503).header('Retry-After', RETRY_SECONDS);
    await reply.send({ detail: 'The service is overloaded. No stamp was given out. Retry later.' });
  };

export function isOverloaded({ workQueue, lagMs }: Load, lane: RequestLane): boolean {
  const bounds = BOUNDS[lane];
  return workQueue.waiting(lane) >= bounds.waiting || lagMs() >= bounds.lagMs;
}

/** The body of a GraphQL request is its text. */
const laneOfRequest = ({ routeOptions, body }: FastifyRequest): RequestLane =>
  routeOptions.url === '/api/v1/pool/acquire' ? 'acquire' : laneOf(typeof body === 'string' ? body : '');

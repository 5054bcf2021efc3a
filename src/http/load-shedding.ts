import type { FastifyInstance, FastifyRequest } from 'fastify';
import { clientGone } from '../domain/access-error.ts';
import { GRAPHQL_PATH } from '../graphql/context.ts';
import { ACQUIRE_PATH } from '../rest/routes.ts';
import { OTHER, OverloadedError, type RequestLane, type WorkKind, type WorkQueue } from '../work-queue.ts';
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
/** A supervisor that asks for these must not take an overload for a failure. */
const UNLIMITED_PATHS: ReadonlySet<string | undefined> = new Set([...PROBE_PATHS, '/health', '/']);

/** Starts requests one by one, and refuses them when the service is overloaded. */
export class LoadShedding {
  readonly #load: Load;

  constructor(load: Load) {
    this.#load = load;
  }

  /** Call it before routes are added. A GraphQL request starts when its document is known. */
  enforce(app: FastifyInstance): void {
    app.addHook('preHandler', async (request) => {
      const path = request.routeOptions.url;
      if (path === undefined || UNLIMITED_PATHS.has(path) || path === GRAPHQL_PATH) return;
      await this.start(path === ACQUIRE_PATH ? CHEAP_ACQUIRE : OTHER, request);
    });
  }

  /** Resolves when the request may start. @throws OverloadedError, or AccessError if the client is gone meanwhile. */
  async start(kind: WorkKind, { raw }: FastifyRequest): Promise<void> {
    if (isOverloaded(this.#load, kind)) throw new OverloadedError();
    await this.#load.workQueue.start(kind.lane);
    if (raw.socket.destroyed) throw clientGone();
  }
}

export function isOverloaded({ workQueue, lagMs }: Load, { urgency, lane }: WorkKind): boolean {
  const bounds = BOUNDS[urgency];
  return workQueue.waiting(lane) >= bounds.waiting || lagMs() >= bounds.lagMs;
}

const CHEAP_ACQUIRE = { urgency: 'acquire', lane: 'cheap' } as const;

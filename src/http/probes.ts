import type { FastifyInstance } from 'fastify';
import type { Pool } from '../pool/pool.ts';

const LIVEZ = '/livez';
const READYZ = '/readyz';
/** Answered also in an overload, and under any host name: Kubernetes asks by the address of the pod. They show no data. */
export const PROBE_PATHS: ReadonlySet<string | undefined> = new Set([LIVEZ, READYZ]);
const RETRY_SECONDS = 5;

/** The probes in the manner of Kubernetes. While the process stops, open connections get answers to these only. */
export class Probes {
  readonly #pool: Pool;
  #stopping = false;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** /livez depends on nothing: a restart would not mend a database or a node. */
  mount(app: FastifyInstance): void {
    app.addHook('onRequest', (request, reply, done) => {
      if (!this.#stopping || PROBE_PATHS.has(request.routeOptions.url)) return done();
      reply.code(503).header('Retry-After', RETRY_SECONDS);
      return reply.send({ detail: 'The service is stopping. Retry later.' });
    });
    app.get(LIVEZ, () => ({ status: 'ok' }));
    app.get(READYZ, async (_request, reply) => {
      const { ready, checks } = await this.#pool.readiness({ stopping: this.#stopping });
      return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', checks });
    });
  }

  /** From now on the process is not ready. */
  stop(): void {
    this.#stopping = true;
  }
}

import type { Logger } from 'pino';
import type { Bee } from './bee/bee.ts';
import { loadCapacity } from './bee/capacity.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import { startCore } from './core.ts';
import type { Severity } from './domain/incident.ts';
import type { Adoption } from './domain/policy.ts';
import type { Turn } from './domain/turn.ts';
import { parseOrderId } from './domain/units.ts';
import { createMetrics } from './http/metrics.ts';
import { startServer } from './http/server.ts';
import type { Contract } from './rest/contract.ts';
import { contract2026January } from './rest/contract-2026-01.ts';
import { contract2026April } from './rest/contract-2026-04.ts';
import type { Store } from './store/store.ts';
import { timeOrderedIds } from './store/time-ordered-ids.ts';

/** The parts that differ between production, the demo and the tests. */
export interface Outside {
  /** null when the pool is disabled: no Bee is ever called. */
  readonly bee: Bee | null;
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Since the process started. */
  readonly droppedLogLines: () => number;
  /** From 0 to 1, 1 excluded. */
  readonly random: () => number;
}

/** A running service. Disposing stops it: the server first, then the reconciler; `Outside` is its owner's to close. */
export interface App extends AsyncDisposable {
  readonly url: string;
  /** Called with every turn that has ended. Returns the way to stop it. */
  onTurn(listener: (turn: Turn) => void): () => void;
}

const CONTRACTS: Record<Config['restContract'], Contract> = {
  '2026-01': contract2026January,
  '2026-04': contract2026April,
};

const LOG_LEVELS = { info: 'info', warning: 'warn', error: 'error' } as const satisfies Record<
  Severity,
  string
>;

/** The composition root: joins the parts, decides nothing. @throws when the port is taken, with the code EADDRINUSE. */
export async function startApp(config: Config, outside: Outside): Promise<App> {
  const { bee, store, clock, logger, random } = outside;
  await using starting = new AsyncDisposableStack(); // a start that fails half-way cleans up by itself
  const metrics = createMetrics(outside);
  const [newest] = (await store.orders({ first: 1, after: null, states: null })).items;
  const newId = timeOrderedIds(newest?.item.id); // newest first holds across restarts, too
  const core = starting.use(
    await startCore({
      node: config.enabled && config.node && bee ? { name: config.node.name, bee } : null,
      store,
      clock,
      policy: config.policy,
      publicUrl: config.node?.publicUrl ?? '',
      effectiveBytes: await loadCapacity(),
      sinks: {
        log: (severity, fields, message) => logger[LOG_LEVELS[severity]](fields, message),
        count: (code) => metrics.incident(code),
      },
      log: (fields, message) => logger.info(fields, message),
      onAcquire: (outcome, depth) => metrics.acquired(outcome, depth),
      random,
      newOrderId: (at) => parseOrderId(newId(at)),
    }),
  );
  core.onTurn((turn) => metrics.turnEnded(turn));
  await logPooledOfList(config.policy.adoption, store, logger);
  const { url } = starting.use(
    await startServer({
      pool: core.pool,
      operations: core.operations,
      contract: CONTRACTS[config.restContract],
      metrics,
      logger,
      host: config.host,
      port: config.port,
    }),
  );
  const running = starting.move(); // stops in the opposite order
  return {
    url,
    onTurn: (listener) => core.onTurn(listener),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Of the batches listed for adoption, those that are never adopted again. */
async function logPooledOfList(adoption: Adoption, store: Store, logger: Logger): Promise<void> {
  if (adoption.from !== 'list') return;
  const pooled = await store.known([...adoption.batchIds]);
  if (pooled.size === 0) return;
  logger.info(
    { count: pooled.size, listed: adoption.batchIds.size, batchIds: [...pooled].slice(0, MAX_NAMED) },
    'batches listed in STAMP_POOL_ADOPT are or were in the pool, and are not adopted again',
  );
}

/** More of them are counted, not named. */
const MAX_NAMED = 10;

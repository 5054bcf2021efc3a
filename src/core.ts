import type { Bee } from './bee/bee.ts';
import type { Clock } from './clock.ts';
import type { AcquireOutcome } from './domain/acquisition.ts';
import type { Policy } from './domain/policy.ts';
import { reserveOf, type Stock } from './domain/reserve.ts';
import type { Turn } from './domain/turn.ts';
import type { Depth, NodeName, OrderId } from './domain/units.ts';
import { createOperations, type Operations } from './pool/operations.ts';
import type { Pool } from './pool/pool.ts';
import { createPool } from './pool/pool-service.ts';
import { Reconciler } from './reconciler/reconciler.ts';
import { type IncidentSinks, Incidents } from './signals/incidents.ts';
import { Levels } from './signals/levels.ts';
import { Turns } from './signals/turns.ts';
import { type Store, StoreUnusableError } from './store/store.ts';

/** A Bee node and what it is called. */
interface Node {
  readonly name: NodeName;
  readonly bee: Bee;
}

export interface CoreParts {
  /** null: the pool is disabled, and no Bee is ever called. */
  readonly node: Node | null;
  readonly store: Store;
  readonly clock: Clock;
  readonly policy: Policy;
  readonly publicUrl: string;
  readonly effectiveBytes: (depth: Depth) => number;
  readonly sinks: IncidentSinks;
  /** Decisions, one line each. */
  readonly log: (fields: Record<string, unknown>, message: string) => void;
  readonly onAcquire: (outcome: AcquireOutcome['is'], depth: Depth) => void;
  /** From 0 to 1, 1 excluded. */
  readonly random: () => number;
  readonly newOrderId: (at: Date) => OrderId;
}

/** What clients ask for and what happens behind their back, without any transport. Disposing stops the reconciler. */
export interface Core extends AsyncDisposable {
  readonly pool: Pool;
  readonly operations: Operations;
  readonly levels: Levels;
  readonly incidents: Incidents;
  onTurn(listener: (turn: Turn) => void): () => void;
}

/**
 * Joins pool and reconciler by the store and the signals, and by nothing else.
 * @throws StoreUnusableError when the store holds stock of a node that is not configured.
 */
export async function startCore(parts: CoreParts): Promise<Core> {
  const { node, store, clock, policy } = parts;
  const at = clock.now();
  const stock = await store.stock();
  if (node) assertOwned(stock, node.name);
  const incidents = new Incidents(parts.sinks, clock);
  const levels = new Levels({ ...reserveOf(stock, policy, at), at });
  const turns = new Turns();
  const enabled = node !== null;
  const pool = createPool({ ...parts, enabled, turns, levels, incidents });
  const operations = createOperations({ enabled, store, turns, incidents });
  const reconciler =
    node && new Reconciler({ ...parts, node: node.name, bee: node.bee, turns, levels, incidents });
  reconciler?.start();
  return {
    pool,
    operations,
    levels,
    incidents,
    onTurn: (listener) => turns.onTurn(listener),
    [Symbol.asyncDispose]: async () => await reconciler?.[Symbol.asyncDispose](),
  };
}

/** A batch works on no other node than its own: under another name the stock would be bought again, and given out with a wrong address. */
function assertOwned({ stamps, openOrders }: Stock, name: NodeName): void {
  const strangers = new Set(
    [...stamps, ...openOrders].map((item) => item.node).filter((node) => node !== name),
  );
  if (strangers.size === 0) return;
  throw new StoreUnusableError(
    `It holds stock of the Bee node ${[...strangers].map((node) => `"${node}"`).join(', ')}, but SWARM_BEE_API_URL names "${name}". ` +
      `Give the node its name back (SWARM_BEE_API_URL=${[...strangers][0]}=<url>), or use another database (docs/operating.md#moving-to-another-node).`,
  );
}

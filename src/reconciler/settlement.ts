import type { Change } from '../domain/change.ts';
import type { FreshObservation, SeenStamp } from '../domain/observation.ts';
import type { LiveStamp } from '../domain/stamp.ts';
import type { BatchId } from '../domain/units.ts';
import type { IncidentReport } from '../signals/incidents.ts';
import type { NodeStock } from '../store/store.ts';

/** What follows from an observation for one order or one stamp. */
export interface Settlement {
  readonly changes: readonly Change[];
  readonly incidents: readonly IncidentReport[];
  /** The stamp that a purchase bought. */
  readonly stamp?: LiveStamp;
  /** Bee did not name that stamp: it named another one, or none. */
  readonly recovered?: boolean;
}

export const NOTHING_SETTLED: Settlement = { changes: [], incidents: [] };

export interface SettleInput {
  readonly stock: NodeStock;
  readonly seen: FreshObservation;
  /** The batches that the node lists and that were never in the pool nor a canary. */
  readonly unpooled: readonly SeenStamp[];
  /** Of the batches that are claimed, those that are or were in the pool or a canary. */
  readonly pooledIds: ReadonlySet<BatchId>;
  readonly blockTimeSeconds: number;
  /** Whether what the node has not shown for long enough is lost, or was never done: see `absenceCounts`. */
  readonly absenceCounts: boolean;
}

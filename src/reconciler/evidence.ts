import type { Change } from '../domain/change.ts';
import type { FreshObservation } from '../domain/observation.ts';
import type { LiveStamp } from '../domain/stamp.ts';
import type { BatchId } from '../domain/units.ts';
import type { IncidentReport } from '../signals/incidents.ts';
import type { NodeStock } from '../store/store.ts';

/** Everything that settling rests on. */
export interface Evidence {
  readonly stock: NodeStock;
  readonly seen: FreshObservation;
  /** Of the batches seen and claimed, those that the pool has ever had. */
  readonly known: ReadonlySet<BatchId>;
  readonly blockTimeSeconds: number;
}

/** What settling one order or one stamp came to. */
export interface Found {
  readonly changes: readonly Change[];
  readonly incidents: readonly IncidentReport[];
  readonly stamp?: LiveStamp;
  /** The stamp was not the one that Bee had named, if it named any. */
  readonly unexpected?: boolean;
}

export const NOTHING_FOUND: Found = { changes: [], incidents: [] };

import { HOUR_MS } from '../../domain/durations.ts';
import { depth } from '../../domain/units.ts';
import type { Demand, DemandOutcome } from '../store.ts';

export interface DemandRow {
  /** Its start. */
  readonly hour: number;
  readonly depth: number;
  readonly outcome: DemandOutcome;
  readonly count: number;
}

export const demandFromRow = (row: DemandRow): Demand => ({
  hour: new Date(row.hour),
  depth: depth(row.depth),
  outcome: row.outcome,
  count: row.count,
});

/** The start of the hour, UTC. */
export const hourOf = (at: Date): number => Math.floor(at.getTime() / HOUR_MS) * HOUR_MS;

import type { Incident } from '../domain/incident.ts';
import type { Reserve } from '../domain/reserve.ts';
import type { NodeView, Turn } from '../domain/turn.ts';
import type { Plur } from '../domain/units.ts';

/** A node, and where clients upload to it. */
export interface NodeStatus extends NodeView {
  readonly publicUrl: string;
}

/** Everything an operator looks at first. */
export interface PoolStatus {
  readonly enabled: boolean;
  readonly at: Date;
  readonly reserve: Reserve;
  /** When the last turn ended; null before the first. */
  readonly lastCheckAt: Date | null;
  readonly nextCheckAt: Date | null;
  /** Newest first. */
  readonly errors: readonly Incident[];
  readonly lastTurn: Turn | null;
  readonly node: NodeStatus | null;
  /** What filling all targets costs; null while the price is not known. */
  readonly fullReserveCost: Plur | null;
  readonly nextReplenishmentCost: Plur | null;
  readonly spentLastDay: Plur | null;
  readonly dailyLimit: Plur | null;
  /** How many days the wallet's BZZ lasts at the pace of the last seven days; null when not known or nothing was spent. */
  readonly fundsLastDays: number | null;
}

import type { OrderEvent } from '../domain/order-event.ts';
import type { BatchId, OrderId } from '../domain/units.ts';
import type { CanaryChecks } from '../signals/canary-checks.ts';
import type { IncidentReport, Incidents } from '../signals/incidents.ts';
import type { Trace } from '../trace.ts';
import type { BackOff } from './back-off.ts';
import type { InFlight } from './in-flight.ts';
import type { Tenure } from './lease-keeper.ts';
import type { ObserveParts } from './observe.ts';

/** What a run works with. It keeps in memory only what a restart may lose, or another holder of the lease. */
export interface ReconcileParts extends ObserveParts {
  /** The run decides and sends nothing more when it has ended. */
  readonly tenure: Tenure;
  readonly incidents: Incidents;
  readonly canaryChecks: Pick<CanaryChecks, 'last'>;
  /** Differs if the settings of two processes do. */
  readonly settings: string;
  /** Runs each step. */
  readonly trace: Trace;
  readonly inFlight: InFlight;
  readonly backOff: BackOff;
  /** What this process has reported of batches that no purchase accounts for. */
  readonly reportedUnpooled: Map<BatchId, IncidentReport>;
  /** Since when no canary is shown: see KnownCanaries. */
  readonly canaryMissing: { sinceBlock: number | null };
  /** Returns a number from 0 to 1, 1 excluded. */
  readonly random: () => number;
  readonly newOrderId: (at: Date) => OrderId;
  /** Called after the commit that settles an order. */
  readonly onOrder: (event: OrderEvent) => void;
}

import type { Freshness, FreshObservation } from '../domain/observation.ts';
import type { BatchId, Plur } from '../domain/units.ts';
import type { NodeStock } from '../store/store.ts';
import type { Luck } from './spending.ts';

/** Everything a plan rests on. */
export interface Known {
  readonly node: Freshness;
  /** After what was seen has been settled. */
  readonly stock: NodeStock;
  /** Of the batches seen, claimed, or listed for adoption, those that the pool has ever had. */
  readonly known: ReadonlySet<BatchId>;
  readonly spentLastDay: Plur;
  /** A request is under way, whatever its order has become. */
  readonly sending: boolean;
  /** The node has asked us to wait, until when and why; null once that is over. */
  readonly backOff: { readonly until: Date; readonly why: string } | null;
  readonly luck: Luck;
}

/** What buying takes: on stale knowledge it does not type-check (rule 5). */
export type FreshKnown = Known & { readonly seen: FreshObservation };

import type { Holding } from '../domain/node.ts';
import type { NodeName } from '../domain/units.ts';
import { RefusedError } from './command.ts';
import { plural } from './text/plural.ts';

type Held = Pick<Holding, 'liveStamps' | 'openOrders'>;

/** What is held; nothing if it is not on record. */
export const heldBy = (holding: Holding | undefined): Held =>
  holding ? { liveStamps: holding.liveStamps, openOrders: holding.openOrders } : NOTHING;

export const NOTHING: Held = { liveStamps: 0, openOrders: 0 };

/** "2 live stamps, 1 open order" */
export const countOf = ({ liveStamps, openOrders }: Held): string =>
  `${plural(liveStamps, 'live stamp')}, ${plural(openOrders, 'open order')}`;

/** @throws RefusedError if the database has no node of this name. */
export function assertKnownNode(name: NodeName, holdings: readonly Holding[]): void {
  if (holdings.some(({ node }) => node === name)) return;
  const names = [...new Set(holdings.map(({ node }) => node))];
  throw new RefusedError(
    names.length === 0
      ? 'The database has no nodes yet. The service records the address of a node at its first complete and fresh observation.'
      : `The database has no node "${name}". Its nodes: ${names.join(', ')}.`,
  );
}

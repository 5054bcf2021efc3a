import type { Holding } from '../domain/node.ts';
import { plural } from './text/plural.ts';

/** "2 live stamps, 1 open order" */
export const countOf = ({ liveStamps, openOrders }: Pick<Holding, 'liveStamps' | 'openOrders'>): string =>
  `${plural(liveStamps, 'live stamp')}, ${plural(openOrders, 'open order')}`;

import type { Holding } from '../domain/node.ts';

/** "2 live stamps, 1 open order" */
export const countOf = ({ liveStamps, openOrders }: Pick<Holding, 'liveStamps' | 'openOrders'>): string =>
  `${plural(liveStamps, 'live stamp')}, ${plural(openOrders, 'open order')}`;

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

import type { Holding } from '../../domain/node.ts';
import { holdingsOf } from '../holdings.ts';
import type { Statements } from './statements.ts';

export const holdingsAt = (statements: Statements, at: Date): readonly Holding[] =>
  holdingsOf({
    nodes: statements.nodes.all({}),
    liveStamps: statements.liveByAddress.all({ atMs: at.getTime() }),
    openOrders: statements.openByAddress.all({}),
  });

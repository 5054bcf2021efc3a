import { sql } from 'drizzle-orm';
import type { AwayBound } from '../../domain/node.ts';
import { type NodeTimes, type WithheldNodes, withheldNodesIn } from '../rows/withheld-nodes.ts';
import { nodes } from './schema.ts';
import { type Asks, statement } from './statement.ts';

/** The nodes whose stamps are withheld, and why. Without a bound, only that another node answers counts. */
export const withheldNodes = async (on: Asks, bound: AwayBound | null): Promise<WithheldNodes> =>
  withheldNodesIn(await nodeTimes(on, {}), bound);

const nodeTimes = statement<object, NodeTimes>(
  'node-times',
  sql`select ${nodes.name} as name, ${nodes.changedAt} as "changedAt", ${nodes.observedAt} as "observedAt" from ${nodes}`,
);

import type { PoolStatus } from '../pool/status.ts';
import type { BeeNodeRef } from './bee-node.ts';
import type { Builder } from './builder.ts';
import type { DepthLevelRef } from './depth-level.ts';
import { IN_BZZ, inBzz } from './in-bzz.ts';
import type { IncidentRef } from './incident.ts';
import type { TurnRef } from './turn.ts';

interface Refs {
  readonly depthLevel: DepthLevelRef;
  readonly incident: IncidentRef;
  readonly turn: TurnRef;
  readonly beeNode: BeeNodeRef;
}

/** The type PoolStatus, and the query that tells it. */
export function addPoolStatus(builder: Builder, refs: Refs): void {
  const status = addPoolStatusType(builder, refs);
  builder.queryField('poolStatus', (t) =>
    t.field({
      type: status,
      description: 'What an operator looks at first. Nothing here asks the node.',
      resolve: (_root, _args, { pool }) => pool.status(),
    }),
  );
}

const addPoolStatusType = (builder: Builder, { depthLevel, incident, turn, beeNode }: Refs) =>
  builder.objectRef<PoolStatus>('PoolStatus').implement({
    fields: (t) => ({
      enabled: t.exposeBoolean('enabled'),
      at: t.expose('at', { type: 'DateTime', description: 'The moment this is the status of.' }),
      depths: t.field({
        type: [depthLevel],
        description: 'Every depth that has a target, stock or an order, smallest first.',
        resolve: ({ reserve }) => reserve.depths,
      }),
      totalAvailable: t.int({ resolve: ({ reserve }) => reserve.totalAvailable }),
      lowReserve: t.boolean({ description: 'Some depth is low.', resolve: ({ reserve }) => reserve.low }),
      lastCheckAt: t.expose('lastCheckAt', { type: 'DateTime', nullable: true }),
      nextCheckAt: t.expose('nextCheckAt', { type: 'DateTime', nullable: true }),
      errors: t.expose('errors', { type: [incident], description: 'What went wrong lately, newest first.' }),
      lastTurn: t.expose('lastTurn', {
        type: turn,
        nullable: true,
        description: 'What was decided last, and why; null before the first.',
      }),
      node: t.expose('node', { type: beeNode, nullable: true, description: 'Null before the first turn.' }),
      publicUrl: t.string({
        nullable: true,
        description: 'Where clients upload with stamps of the node.',
        resolve: ({ node }) => node?.publicUrl ?? null,
      }),
      fullReserveCost: t.expose('fullReserveCost', {
        type: 'Plur',
        nullable: true,
        description: 'What filling all targets from nothing costs; null while the price is not known.',
      }),
      fullReserveCostBzz: t.string({
        nullable: true,
        description: IN_BZZ,
        resolve: (status) => inBzz(status.fullReserveCost),
      }),
      nextReplenishmentCost: t.expose('nextReplenishmentCost', {
        type: 'Plur',
        nullable: true,
        description: 'What is missing now costs that; null while the price is not known.',
      }),
      nextReplenishmentCostBzz: t.string({
        nullable: true,
        description: IN_BZZ,
        resolve: (status) => inBzz(status.nextReplenishmentCost),
      }),
      spentLastDay: t.expose('spentLastDay', {
        type: 'Plur',
        nullable: true,
        description: 'Ordered within the last 24 hours.',
      }),
      spentLastDayBzz: t.string({
        nullable: true,
        description: IN_BZZ,
        resolve: (status) => inBzz(status.spentLastDay),
      }),
      dailyLimit: t.expose('dailyLimit', {
        type: 'Plur',
        nullable: true,
        description: 'What may be ordered within 24 hours.',
      }),
      dailyLimitBzz: t.string({
        nullable: true,
        description: IN_BZZ,
        resolve: (status) => inBzz(status.dailyLimit),
      }),
      fundsLastDays: t.exposeFloat('fundsLastDays', {
        nullable: true,
        description:
          'How many days the wallet’s BZZ lasts at the pace of the last seven days; null when not known.',
      }),
    }),
  });

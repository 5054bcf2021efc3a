import { formatBzz } from '../domain/units.ts';
import type { PoolStatus } from '../pool/pool.ts';
import { BeeNodeRef } from './bee-node.ts';
import { builder } from './builder.ts';
import type { GraphqlContext } from './context.ts';
import { DepthLevelRef } from './depth-level.ts';
import { BZZ_DESCRIPTION, inBzzIfKnown } from './in-bzz.ts';
import { IncidentRef } from './incident.ts';
import { MaintenanceRunRef } from './maintenance-run.ts';
import { MAINTAIN } from './requirements.ts';

const PoolStatusRef = builder.objectRef<PoolStatus>('PoolStatus').implement({
  description: 'The state of the pool, for operators.',
  fields: (t) => ({
    enabled: t.exposeBoolean('enabled', { description: 'Whether the operator has enabled the pool.' }),
    at: t.expose('at', { type: 'DateTime', description: 'The time of this status.' }),
    depths: t.field({
      type: [DepthLevelRef],
      description: 'Every depth that has a target, stock or an order, smallest first.',
      resolve: ({ reserve }) => reserve.depths,
    }),
    totalAvailable: t.int({
      description: 'Available stamps of all depths.',
      resolve: ({ reserve }) => reserve.totalAvailable,
    }),
    lowReserve: t.boolean({
      description: 'True if some depth is low.',
      resolve: ({ reserve }) => reserve.low,
    }),
    lastRunAt: t.expose('lastRunAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the last maintenance run of any node ended; null before the first.',
    }),
    nextRunAt: t.expose('nextRunAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the next maintenance run of any node is due; null before the first.',
    }),
    errors: t.expose('errors', { type: [IncidentRef], description: 'Recent incidents, newest first.' }),
    lastRun: t.expose('lastRun', {
      type: MaintenanceRunRef,
      nullable: true,
      description:
        'What the last maintenance run decided, and why; null before the first. With several nodes: the run that ended last.',
    }),
    lastRuns: t.expose('lastRuns', {
      type: [MaintenanceRunRef],
      description: 'The last maintenance run of each node that has made one, in the order of the settings.',
    }),
    replica: t.string({
      ...MAINTAIN,
      nullable: true,
      description:
        'The replica that answers, by its host name and process id; null if the database has one process only.',
      resolve: (_status, _args, { operations }) => operations.replica,
    }),
    nodes: t.expose('nodes', {
      type: [BeeNodeRef],
      description: 'The Bee nodes, as last observed. Empty before the first observation.',
    }),
    fullReserveCost: t.expose('fullReserveCost', {
      ...MAINTAIN,
      type: 'Plur',
      nullable: true,
      description: 'What filling all targets from nothing costs; null while the price is unknown.',
    }),
    fullReserveCostBzz: t.string({ ...MAINTAIN, ...inBzzIfKnown((status) => status.fullReserveCost) }),
    nextReplenishmentCost: t.expose('nextReplenishmentCost', {
      ...MAINTAIN,
      type: 'Plur',
      nullable: true,
      description:
        'What all that is missing costs; null while the price is unknown. With several nodes: without top-ups.',
    }),
    nextReplenishmentCostBzz: t.string({
      ...MAINTAIN,
      ...inBzzIfKnown((status) => status.nextReplenishmentCost),
    }),
    spentLastDay: t.field({
      ...MAINTAIN,
      type: 'Plur',
      nullable: true,
      description: 'The cost of everything ordered within the last 24 hours.',
      resolve: (status) => status.spentLastDay(),
    }),
    spentLastDayBzz: t.string({
      ...MAINTAIN,
      nullable: true,
      description: BZZ_DESCRIPTION,
      resolve: async (status) => formatBzz(await status.spentLastDay()),
    }),
    dailyLimit: t.expose('dailyLimit', {
      ...MAINTAIN,
      type: 'Plur',
      nullable: true,
      description: 'What may be spent within 24 hours; null while it depends on a price that is unknown.',
    }),
    dailyLimitBzz: t.string({ ...MAINTAIN, ...inBzzIfKnown((status) => status.dailyLimit) }),
    fundsRunwayDays: t.float({
      ...MAINTAIN,
      nullable: true,
      description:
        'How many days the BZZ of all wallets lasts at the pace of the last seven days; null if unknown.',
      resolve: (status) => status.fundsRunwayDays(),
    }),
  }),
});

builder.queryField('poolStatus', (t) =>
  t.field({
    type: PoolStatusRef,
    authScopes: { read: true },
    description: 'The state of the pool.',
    resolve: (_root, _args, context) => readStatus(context),
  }),
);

export const readStatus = async ({ pool }: GraphqlContext): Promise<PoolStatus> => await pool.status();

import type { MaintenanceRun } from '../domain/maintenance-run.ts';
import { redacted } from '../domain/redact.ts';
import { ActionRef } from './action.ts';
import { BeeNodeRef } from './bee-node.ts';
import { builder } from './builder.ts';

export const MaintenanceRunRef = builder.objectRef<MaintenanceRun>('MaintenanceRun').implement({
  description: 'One run of the reconciler: observe, settle, plan, act.',
  fields: (t) => ({
    startedAt: t.expose('startedAt', { type: 'DateTime', description: 'When it started.' }),
    endedAt: t.expose('endedAt', { type: 'DateTime', description: 'When it ended.' }),
    dryRun: t.exposeBoolean('dryRun', { description: 'True if it only decided, and did nothing.' }),
    node: t.expose('node', { type: BeeNodeRef, description: 'The node, as this run observed it.' }),
    actions: t.expose('actions', {
      type: [ActionRef],
      description: 'What was decided, in the order of execution. A hold says why nothing was done.',
    }),
    purchasesSent: t.exposeInt('purchasesSent', {
      description: 'Purchases sent to the node. They may still be under way.',
    }),
    topUpsSent: t.exposeInt('topUpsSent', {
      description: 'Top-ups sent to the node. They may still be under way.',
    }),
    adoptedOrRecovered: t.exposeInt('adoptedOrRecovered', {
      description: 'Batches that came into the pool without an answer from the node: adopted or recovered.',
    }),
    errors: t.stringList({
      description: 'What went wrong in this run.',
      resolve: ({ errors }, _args, { caller }) => errors.map((error) => redacted(error, caller)),
    }),
    nextAt: t.expose('nextAt', {
      type: 'DateTime',
      description: 'When the next run is due, unless one is requested before.',
    }),
  }),
});

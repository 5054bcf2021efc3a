import type { Turn } from '../domain/turn.ts';
import type { ActionRef } from './action.ts';
import type { BeeNodeRef } from './bee-node.ts';
import type { Builder } from './builder.ts';

export type TurnRef = ReturnType<typeof addTurn>;

/** One run of the reconciler, told to operators. */
export const addTurn = (builder: Builder, action: ActionRef, node: BeeNodeRef) =>
  builder.objectRef<Turn>('Turn').implement({
    description: 'One look at the node, and what was decided on it.',
    fields: (t) => ({
      startedAt: t.expose('startedAt', { type: 'DateTime' }),
      endedAt: t.expose('endedAt', { type: 'DateTime' }),
      dryRun: t.exposeBoolean('dryRun', { description: 'Nothing was done, only decided.' }),
      node: t.expose('node', { type: node }),
      actions: t.expose('actions', {
        type: [action],
        description: 'What was decided, in the order it was carried out. A hold says why nothing is done.',
      }),
      purchasesSent: t.exposeInt('purchasesSent', {
        description: 'Purchases that left for the node; they may still be on their way.',
      }),
      topUpsSent: t.exposeInt('topUpsSent'),
      takenIn: t.exposeInt('takenIn', {
        description: 'Batches that came into the pool unexpectedly: adopted, or recovered.',
      }),
      errors: t.exposeStringList('errors', { description: 'What went wrong in this turn, in words.' }),
      nextAt: t.expose('nextAt', {
        type: 'DateTime',
        description: 'When the next one is due, if nobody asks for one before.',
      }),
    }),
  });

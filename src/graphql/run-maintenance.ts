import type { MaintenanceResult } from '../pool/pool.ts';
import type { Builder } from './builder.ts';
import { POOL_DISABLED, type PoolDisabledRef } from './pool-disabled.ts';
import type { TurnRef } from './turn.ts';

type Done = Extract<MaintenanceResult, { is: 'done' }>;

const TYPE_NAMES = {
  done: 'MaintenanceReport',
  disabled: 'PoolDisabled',
} as const satisfies Record<MaintenanceResult['is'], string>;

interface Refs {
  readonly turn: TurnRef;
  readonly poolDisabled: PoolDisabledRef;
}

/** The mutation runMaintenance, its input and its result. */
export function addRunMaintenance(builder: Builder, { turn, poolDisabled }: Refs): void {
  const report = builder.objectRef<Done>('MaintenanceReport').implement({
    fields: (t) => ({
      turn: t.expose('turn', {
        type: turn,
        description: 'What was decided and done, or would be in a dry run.',
      }),
    }),
  });
  const result = builder.unionType('RunMaintenanceResult', {
    types: [report, poolDisabled],
    resolveType: ({ is }) => TYPE_NAMES[is],
  });
  const input = builder.inputType('RunMaintenanceInput', {
    fields: (t) => ({
      dryRun: t.boolean({
        defaultValue: false,
        description: 'Say what would be done, with reasons and cost, and do nothing.',
      }),
    }),
  });
  builder.mutationField('runMaintenance', (t) =>
    t.field({
      type: result,
      description:
        'Has a turn taken now, or joins the one in progress, and answers when it has ended: purchases it sent may still be on their way.',
      args: { input: t.arg({ type: input }) },
      resolve: async (_root, args, { pool }) =>
        inWords(await pool.runMaintenance({ dryRun: args.input?.dryRun ?? false })),
    }),
  );
}

const inWords = (result: MaintenanceResult): Done | typeof POOL_DISABLED =>
  result.is === 'disabled' ? POOL_DISABLED : result;

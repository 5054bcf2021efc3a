import type { MaintenanceResult } from '../pool/operations.ts';
import { builder } from './builder.ts';
import { POOL_DISABLED, PoolDisabledRef } from './failure.ts';
import { MaintenanceRunRef } from './maintenance-run.ts';
import { RateLimitedRef, rateLimited } from './rate-limited.ts';
import { MAINTAIN } from './requirements.ts';

type Done = Extract<MaintenanceResult, { is: 'done' }>;

const TYPE_NAMES = {
  done: 'MaintenanceReport',
  disabled: 'PoolDisabled',
  rateLimited: 'RateLimited',
} as const satisfies Record<MaintenanceResult['is'] | 'rateLimited', string>;

const MaintenanceReportRef = builder.objectRef<Done>('MaintenanceReport').implement({
  description: 'The maintenance run that was requested.',
  fields: (t) => ({
    run: t.field({
      type: MaintenanceRunRef,
      description:
        'What the run decided and did, or would do in the case of a dry run. With several nodes: the run of the first one.',
      resolve: ({ runs: [first] }) => first,
    }),
    runs: t.expose('runs', {
      type: [MaintenanceRunRef],
      description: 'The run of each node, in the order of the settings.',
    }),
  }),
});

const RunMaintenanceResultRef = builder.unionType('RunMaintenanceResult', {
  description: 'The report of the run, or why there was none.',
  types: [MaintenanceReportRef, PoolDisabledRef, RateLimitedRef],
  resolveType: ({ is }) => TYPE_NAMES[is],
});

const RunMaintenanceInput = builder.inputType('RunMaintenanceInput', {
  description: 'Options of a maintenance run.',
  fields: (t) => ({
    dryRun: t.boolean({
      defaultValue: false,
      description: 'Report what the run would do, with reasons and cost, and do nothing.',
    }),
  }),
});

builder.mutationField('runMaintenance', (t) =>
  t.field({
    type: RunMaintenanceResultRef,
    ...MAINTAIN,
    description:
      'Starts a maintenance run, or joins the one in progress, and answers when it has ended. Purchases that it sent may still be under way.',
    args: { input: t.arg({ type: RunMaintenanceInput, description: 'Default: a real run.' }) },
    resolve: async (_root, args, context) => {
      const refused = rateLimited(context);
      if (refused) return refused;
      const result = await context.operations.runMaintenance({ dryRun: args.input?.dryRun ?? false });
      return result.is === 'disabled' ? POOL_DISABLED : result;
    },
  }),
);

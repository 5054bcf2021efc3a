import type { MaintenanceResult } from '../pool/operations.ts';
import { builder } from './builder.ts';
import type { Failure } from './errors.ts';
import { FailureRef, POOL_DISABLED, PoolDisabledRef } from './failure.ts';
import { MaintenanceRunRef } from './maintenance-run.ts';
import { RateLimitedRef, rateLimited } from './rate-limited.ts';
import { MAINTAIN } from './requirements.ts';

type Done = Extract<MaintenanceResult, { is: 'done' }>;

const TYPE_NAMES = {
  done: 'MaintenanceReport',
  disabled: 'PoolDisabled',
  noHolder: 'NoHolder',
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

interface NoHolder extends Failure {
  readonly is: 'noHolder';
  readonly nodes: readonly string[];
}

const NoHolderRef = builder.objectRef<NoHolder>('NoHolder').implement({
  description:
    'No replica makes the runs of some nodes at the moment, so the request has reached none. Another replica takes over within 30 seconds.',
  interfaces: [FailureRef],
  fields: (t) => ({
    nodes: t.stringList({ description: 'These nodes.', resolve: ({ nodes }) => [...nodes] }),
  }),
});

const noHolder = (nodes: readonly string[]): NoHolder => ({
  is: 'noHolder',
  code: 'NO_HOLDER',
  nodes,
  message: `No replica has made a run of node ${nodes.join(', ')} in time.`,
  suggestion: 'Retry in 30 s. If it lasts, read the logs of the replicas.',
});

const RunMaintenanceResultRef = builder.unionType('RunMaintenanceResult', {
  description: 'The report of the run, or why there was none.',
  types: [MaintenanceReportRef, PoolDisabledRef, NoHolderRef, RateLimitedRef],
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
      if (result.is === 'noHolder') return noHolder(result.nodes);
      return result.is === 'disabled' ? POOL_DISABLED : result;
    },
  }),
);

import type { Caller } from '../domain/caller.ts';
import { type NodesRuns, type RunTotals, totalsOf } from '../domain/maintenance-run.ts';
import { redacted } from '../domain/redact.ts';
import type { Handler } from './handler.ts';

export const runMaintenance: Handler = async ({ caller }, { operations, contract }) => {
  const result = await operations.runMaintenance({ dryRun: false });
  if (result.is === 'disabled') return contract.disabled;
  if (result.is === 'noHolder')
    return {
      status: 503,
      body: { detail: `No replica has made a run of node ${result.nodes.join(', ')} in time.` },
      headers: { 'Retry-After': '30' },
    };
  return { status: 200, body: contract.checkBody(runFor(caller, totalsOfNamed(result.runs))) };
};

/** With several nodes, each error begins with its node. */
function totalsOfNamed(runs: NodesRuns): RunTotals {
  const errors = runs.flatMap((run) => run.errors.map((error) => `${run.node.name}: ${error}`));
  return runs.length === 1 ? runs[0] : { ...totalsOf(runs), errors };
}

const runFor = (caller: Caller, run: RunTotals): RunTotals => ({
  ...run,
  actions: run.actions.map((action) => ({ ...action, reason: redacted(action.reason, caller) })),
  errors: run.errors.map((error) => redacted(error, caller)),
});

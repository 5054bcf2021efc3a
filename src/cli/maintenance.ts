import type { Command } from 'commander';
import { totalsOf } from '../domain/maintenance-run.ts';
import { formatBzz } from '../domain/units.ts';
import { runOverApi } from './api/api-command.ts';
import type { Action, Run, Runs } from './api/fields.ts';
import { runMaintenance } from './api/maintenance-run.ts';
import { type ApiOptions, addApiOptions } from './api/service-address.ts';
import { type CommandRun, examples } from './command.ts';
import { distinctFindings, exitCodeOf, findingsOfRuns, findingsText } from './findings.ts';
import { shortMoney } from './text/money.ts';
import type { Paint } from './text/paint.ts';
import { indented, table } from './text/table.ts';
import { durationText } from './text/times.ts';

/** `check`: a maintenance run, and what it did. */
export function check(group: Command, context: CommandRun): void {
  addApiOptions(group.command('check'))
    .description(
      'Start a maintenance run of each node, or join the one in progress, and show what it did and why. It may spend money. Exits with 1 if it found something with the severity "error". Needs the scope maintain.',
    )
    .addHelpText('after', examples('stamp-pool check', "stamp-pool check --json | jq '.actions[].summary'"))
    .action(async (options: ApiOptions) => await showRun(options, context, false));
}

/** `plan`: a dry run, with reasons and cost. */
export function plan(group: Command, context: CommandRun): void {
  addApiOptions(group.command('plan'))
    .description(
      'Show what a maintenance run would do now, why, and what it would cost. It observes each node, and changes and spends nothing. Exits with 1 if it found something with the severity "error". Needs the scope maintain.',
    )
    .addHelpText('after', examples('stamp-pool plan', 'stamp-pool plan --json'))
    .action(async (options: ApiOptions) => await showRun(options, context, true));
}

async function showRun(options: ApiOptions, context: CommandRun, dryRun: boolean): Promise<void> {
  await runOverApi<Shown>(options, context, async (api) => {
    const runs = await runMaintenance(api, dryRun);
    return {
      json: { ...totalsOf(runs), runs },
      text: ({ runs: shown }, paint) => runsText(shown, paint),
      exitCode: exitCodeOf(distinctFindings(findingsOfRuns(runs))),
    };
  });
}

/** The totals of all runs, and each of them. */
interface Shown extends Run {
  readonly runs: Runs;
}

function runsText(runs: Runs, paint: Paint): string {
  const all = totalsOf(runs);
  const findings = distinctFindings(findingsOfRuns(runs));
  return [
    ...runs.flatMap((run) => [title(run, paint), '', indented(actionsTable(run.actions, paint)), '']),
    all.dryRun ? `It would spend ${shortMoney(formatBzz(totalCost(all.actions)))}.` : sentText(all),
    ...(findings.length === 0 ? [] : ['', findingsText(findings, paint)]),
  ].join('\n');
}

function title({ dryRun, startedAt, endedAt, node }: Run, paint: Paint): string {
  const seconds = (endedAt.getTime() - startedAt.getTime()) / 1000;
  const what = dryRun ? 'A maintenance run would do this now' : 'The maintenance run has ended';
  const block = node.block === null ? '' : `, at block ${node.block}`;
  return `${paint('strong', what)} (observed ${node.name}${block}; took ${seconds < 1 ? `${Math.round(seconds * 1000)} ms` : durationText(seconds)}):`;
}

const actionsTable = (actions: readonly Action[], paint: Paint): string =>
  actions.length === 0
    ? 'nothing'
    : table(
        actions.map(({ __typename, code, depth, costBzz, reason }) => [
          actionName(__typename, code, paint),
          depth === null ? '' : `depth ${depth}`,
          shortMoney(costBzz ?? ''),
          reason,
        ]),
      );

const NAMES: Readonly<Record<string, string>> = {
  BuyAction: 'buy',
  TopUpAction: 'top up',
  ExpireAction: 'expire',
  AdoptAction: 'adopt',
  HoldAction: 'hold',
};

function actionName(type: string, code: string | undefined, paint: Paint): string {
  const name = NAMES[type] ?? type;
  if (code === undefined) return paint('ok', name);
  return code === 'NOTHING_TO_DO' ? 'nothing to do' : paint('warning', `${name} ${code}`);
}

/** Of what would be carried out: the cost of a hold is not spent. */
const totalCost = (actions: readonly Action[]): bigint =>
  actions
    .filter(({ __typename }) => __typename !== 'HoldAction')
    .reduce((sum, { cost }) => sum + BigInt(cost ?? 0), 0n);

const sentText = ({ purchasesSent, topUpsSent, adoptedOrRecovered, nextAt, endedAt }: Run): string =>
  `Purchases sent: ${purchasesSent}. Top-ups sent: ${topUpsSent}. Adopted or recovered: ${adoptedOrRecovered}. The next run is due in ${durationText((nextAt.getTime() - endedAt.getTime()) / 1000)}.`;

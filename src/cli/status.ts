import type { Command } from 'commander';
import { DAY_SECONDS } from '../domain/durations.ts';
import { runOverApi } from './api/api-command.ts';
import type { Incident, Node, Run } from './api/fields.ts';
import { type PoolStatus, readPoolStatus } from './api/pool-status.ts';
import { type ApiOptions, addApiOptions } from './api/service-address.ts';
import { type CommandRun, examples } from './command.ts';
import {
  currentIncidents,
  distinctFindings,
  exitCodeOf,
  type Finding,
  findingsOfRuns,
  findingsText,
  isCurrent,
  shownNodeOf,
} from './findings.ts';
import { levelsTable } from './levels-table.ts';
import { shortMoney } from './text/money.ts';
import type { Paint } from './text/paint.ts';
import { indented } from './text/table.ts';
import { dueTime, durationText, relativeTime } from './text/times.ts';

/** `status`: the state of the pool at a glance. */
export function status(group: Command, context: CommandRun): void {
  addApiOptions(group.command('status'))
    .description(
      'Show the levels, the nodes and their wallets, the last run, the spending, and what is wrong. Exits with 1 if that has the severity "error".',
    )
    .addHelpText(
      'after',
      examples(
        'stamp-pool status',
        'stamp-pool status --json | jq .totalAvailable',
        'stamp-pool status --url https://pool.example',
      ),
    )
    .action(async (options: ApiOptions) => {
      await runOverApi<PoolStatus>(options, context, async (api) => {
        const { data: poolStatus, deniedScopes } = await readPoolStatus(api);
        return {
          json: poolStatus,
          text: (shown, paint) =>
            statusText(shown, { at: api.shown, now: poolStatus.at, deniedScopes, paint }),
          exitCode: exitCodeOf(findingsOf(poolStatus)),
        };
      });
    });
}

const findingsOf = ({ lastRuns, errors }: Pick<PoolStatus, 'lastRuns' | 'errors'>): readonly Finding[] =>
  distinctFindings([...currentIncidents(errors, lastRuns), ...findingsOfRuns(lastRuns)]);

interface StatusContext {
  readonly at: string;
  readonly now: Date;
  readonly deniedScopes: readonly string[];
  readonly paint: Paint;
}

function statusText(shown: PoolStatus, { at, now, deniedScopes, paint }: StatusContext): string {
  const findings = findingsOf(shown);
  return [
    headline(shown, at, paint),
    '',
    indented(levelsTable(shown.depths, paint)),
    '',
    ...shown.nodes.flatMap((node) => [...nodeLines(node, now, paint), ...holderLines(node, shown, paint)]),
    ...runwayLines(shown),
    ...runLines(shown, now),
    ...spendingLines(shown),
    ...(deniedScopes.length === 0
      ? []
      : [paint('dim', `           fields that need the scope ${deniedScopes.join(', ')} are left out`)]),
    ...(findings.length === 0 ? [] : ['', findingsText(findings, paint)]),
    ...pastLines(shown, now, paint),
  ].join('\n');
}

function headline({ enabled, totalAvailable, lowReserve }: PoolStatus, at: string, paint: Paint): string {
  const state = enabled
    ? `${totalAvailable} available${lowReserve ? `, ${paint('warning', 'the reserve is low')}` : ''}`
    : paint('warning', 'disabled (the operator enables it with STAMP_POOL_ENABLED=true)');
  return `${paint('strong', 'Stamp pool')} at ${at}: ${state}`;
}

/** A node on two lines. */
function nodeLines(node: Node, now: Date, paint: Paint): readonly string[] {
  const { name, version, block, lagBlocks, fresh, drained, staleReason, wallet } = node;
  const state = fresh
    ? paint('ok', 'fresh')
    : paint('warning', `not fresh: ${staleReason ?? 'for an unknown reason'}`);
  const details = [
    ...(drained ? ['drained: it buys nothing'] : []),
    ...(version === null ? [] : [`Bee ${version}`]),
    ...(block === null ? [] : [`block ${block}, ${lagBlocks ?? 'an unknown number of'} behind`]),
    `observed ${relativeTime(node.observedAt, now)}`,
  ].join(', ');
  return [
    `Node ${name.padEnd(5)} ${state}, ${details}`,
    ...(wallet === null ? [] : [`           wallet ${shortMoney(wallet.bzz)}, ${shortMoney(wallet.xdai)}`]),
  ];
}

/** Where several replicas share the database: which of them makes the runs of the node. */
function holderLines(
  { holder }: PoolStatus['nodes'][number],
  { replica }: PoolStatus,
  paint: Paint,
): readonly string[] {
  if (replica === null) return [];
  const text =
    holder === null
      ? paint('warning', 'no replica makes its runs at the moment')
      : `its runs are made by ${holder}${holder === replica ? ', the replica that answers' : ''}`;
  return [`           ${text}`];
}

function runwayLines({ fundsRunwayDays, nodes }: PoolStatus): readonly string[] {
  if (fundsRunwayDays === null) return [];
  const lasts = `lasts ${durationText(fundsRunwayDays * DAY_SECONDS)} at the pace of the last seven days`;
  return [nodes.length > 1 ? `Funds      the BZZ of all wallets ${lasts}` : `           the BZZ ${lasts}`];
}

function runLines({ lastRuns, nextRunAt }: PoolStatus, now: Date): readonly string[] {
  if (lastRuns.length === 0) return ['Last run   none yet'];
  return [
    ...lastRuns.flatMap((run) => linesOfRun(run, lastRuns.length > 1 ? `node ${run.node.name}, ` : '', now)),
    ...(nextRunAt === null ? [] : [`Next run   ${dueTime(nextRunAt, now)}`]),
  ];
}

function linesOfRun({ endedAt, actions }: Run, node: string, now: Date): readonly string[] {
  const [first, ...rest] = actions;
  return [
    `Last run   ${node}${relativeTime(endedAt, now)}: ${first?.summary ?? 'nothing was decided'}`,
    ...rest.map(({ summary }) => `           ${summary}`),
  ];
}

function spendingLines(shown: PoolStatus): readonly string[] {
  const { spentLastDayBzz: spent, dailyLimitBzz: limit } = shown;
  const { nextReplenishmentCostBzz: next, fullReserveCostBzz: full } = shown;
  if (spent === null) return [];
  return [
    `Spending   ${shortMoney(spent)}${limit === null ? '' : ` of ${shortMoney(limit)}`} in the last 24 hours`,
    ...(next === null || full === null
      ? []
      : [`           the next refill costs ${shortMoney(next)}, a full reserve ${shortMoney(full)}`]),
  ];
}

const MAX_PAST = 5;

/** Incidents that no run has reported since: they may be over. */
function pastLines({ errors, lastRuns }: PoolStatus, now: Date, paint: Paint): readonly string[] {
  const past = errors.filter((incident) => !isCurrent(incident, lastRuns));
  if (past.length === 0) return [];
  const more = past.length > MAX_PAST ? [`  and ${past.length - MAX_PAST} more: --json lists them`] : [];
  return [
    '',
    'Earlier incidents',
    ...past.slice(0, MAX_PAST).map((one) => pastLine(one, lastRuns, now)),
    ...more,
  ].map((line) => paint('dim', line));
}

function pastLine(incident: Incident, lastRuns: PoolStatus['lastRuns'], now: Date): string {
  const { code, count, lastAt, message } = incident;
  const node = shownNodeOf(incident, lastRuns);
  return `  ${relativeTime(lastAt, now)}  ${code}${count === 1 ? '' : ` (${count} times)`}  ${node === null ? '' : `${node}: `}${message}`;
}

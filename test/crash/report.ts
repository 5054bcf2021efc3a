import { RULES } from './check.ts';
import type { CrashTest } from './crash-test.ts';
import { KILL_POINTS, type KillPoint } from './kills.ts';
import type { Round } from './round.ts';

/** The report of the crash test as text. */
export function reportOf({ rounds, directory }: CrashTest): string {
  const sum = (figure: (round: Round) => number): number =>
    rounds.reduce((total, round) => total + figure(round), 0);
  const findings = rounds.flatMap((round) => round.findings);
  const kills = rounds.flatMap((round) => round.kills);
  const byKind = Object.entries(KILL_POINTS).map(
    ([kind, message]) =>
      `  ${String(kills.filter((other) => other === kind).length).padStart(4)}  ${message}`,
  );
  return [
    `${kills.length} kills with SIGKILL, ${rounds.length} database files:`,
    ...byKind,
    `${sum((round) => round.unfinishedMigrations)} of those during migrations left them unfinished; ${sum((round) => round.endedInTime)} shutdowns ended before the kill.`,
    `${sum((round) => round.starts - 1)} restarts, the slowest ${Math.round(Math.max(...rounds.map((round) => round.slowestStartMs)))} ms to its first response.`,
    `${sum((round) => round.requests)} requests, ${sum((round) => round.retries)} retries, ${sum((round) => round.lost)} responses lost, ${sum((round) => round.acquisitions)} acquisitions.`,
    `${sum((round) => round.purchases)} purchases mined, ${sum((round) => round.adopted)} stamps adopted. Orders: ${ordersOf(rounds)}.`,
    RULES.map((rule) => `${findings.filter((finding) => finding.rule === rule).length} ${rule}`).join(', '),
    ...findings.map(({ rule, message }) => `  ${rule}: ${message}`),
    ...(directory === null ? [] : [`The databases and logs are in ${directory}.`]),
  ].join('\n');
}

function ordersOf(rounds: readonly Round[]): string {
  const counts = new Map<string, number>();
  for (const { ordersByState } of rounds) {
    for (const [state, count] of Object.entries(ordersByState)) {
      counts.set(state, (counts.get(state) ?? 0) + count);
    }
  }
  return [...counts].map(([state, count]) => `${count} ${state}`).join(', ');
}

/** How often the service was killed at this kill point. */
export const killsOf = ({ rounds }: CrashTest, kind: KillPoint): number =>
  rounds.flatMap((round) => round.kills).filter((other) => other === kind).length;

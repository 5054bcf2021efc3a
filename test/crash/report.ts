import { RULES } from './check.ts';
import type { CrashTest } from './crash-test.ts';
import { KINDS, type Kind } from './kills.ts';
import type { Life } from './life.ts';

/** What the crash test prints in the end. */
export function reportOf({ lives, directory }: CrashTest): string {
  const sum = (figure: (life: Life) => number): number =>
    lives.reduce((total, life) => total + figure(life), 0);
  const findings = lives.flatMap((life) => life.findings);
  const kills = lives.flatMap((life) => life.kills);
  const byKind = Object.entries(KINDS).map(
    ([kind, words]) => `  ${String(kills.filter((other) => other === kind).length).padStart(4)}  ${words}`,
  );
  return [
    `${kills.length} kills with SIGKILL, ${lives.length} database files:`,
    ...byKind,
    `${sum((life) => life.unfinishedMigrations)} of those during migrations left them undone; ${sum((life) => life.endedInTime)} shutdowns ended before the kill came.`,
    `${sum((life) => life.starts - 1)} restarts, the slowest ${Math.round(Math.max(...lives.map((life) => life.slowestStartMs)))} ms to its first answer.`,
    `${sum((life) => life.requests)} requests, ${sum((life) => life.retries)} retries, ${sum((life) => life.lost)} answers lost, ${sum((life) => life.acquisitions)} acquisitions.`,
    `${sum((life) => life.purchases)} purchases mined, ${sum((life) => life.adopted)} stamps adopted. Orders: ${ordersOf(lives)}.`,
    RULES.map((rule) => `${findings.filter((finding) => finding.rule === rule).length} ${rule}`).join(', '),
    ...findings.map(({ rule, words }) => `  ${rule}: ${words}`),
    ...(directory === null ? [] : [`The databases and logs are in ${directory}.`]),
  ].join('\n');
}

function ordersOf(lives: readonly Life[]): string {
  const counts = new Map<string, number>();
  for (const { ordersByState } of lives) {
    for (const [state, count] of Object.entries(ordersByState)) {
      counts.set(state, (counts.get(state) ?? 0) + count);
    }
  }
  return [...counts].map(([state, count]) => `${count} ${state}`).join(', ');
}

/** How often each kind came about. */
export const killsOf = ({ lives }: CrashTest, kind: Kind): number =>
  lives.flatMap((life) => life.kills).filter((other) => other === kind).length;

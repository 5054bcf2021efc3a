import { RULES } from '../check.ts';
import { FAULTS, type TakeOver } from './faults.ts';
import type { ReplicaCrashTest } from './replica-crash-test.ts';
import type { ReplicaRound } from './replica-round.ts';
import { RUSH } from './rush.ts';

/** The report of the crash test with replicas as text. */
export function replicaReportOf({ rounds, findings, directory }: ReplicaCrashTest): string {
  const sum = (figure: (round: ReplicaRound) => number): number =>
    rounds.reduce((total, round) => total + figure(round), 0);
  const faults = rounds.flatMap((round) => round.faults);
  const seconds = (ms: number): string => (ms / 1000).toFixed(1);
  const byFault = Object.entries(FAULTS).map(([name, message]) => {
    const results = faults.filter(({ fault }) => fault === name);
    const takeOvers = results.flatMap(({ takeOver }) => takeOver ?? []);
    const slowest = (key: keyof TakeOver): string =>
      seconds(Math.max(...takeOvers.map((takeOver) => takeOver[key])));
    const times =
      takeOvers.length === 0
        ? ''
        : `; at most ${slowest('leaseMs')} s until the lease, ${slowest('purchaseMs')} s until the next purchase`;
    return `  ${String(results.length).padStart(4)}  ${message}${times}`;
  });
  return [
    `${RUSH.requests} requests at once for ${RUSH.stamps} stamps.`,
    `${faults.length} faults, ${rounds.length} databases:`,
    ...byFault,
    `${sum(({ requests }) => requests)} requests, ${sum(({ retries }) => retries)} retries, ${sum(({ lost }) => lost)} responses lost, ${sum(({ acquisitions }) => acquisitions)} acquisitions.`,
    `${sum(({ purchases }) => purchases)} purchases and top-ups mined. Subscribers connected again ${sum(({ reconnections }) => reconnections)} times.`,
    RULES.map((rule) => `${findings.filter((finding) => finding.rule === rule).length} ${rule}`).join(', '),
    ...findings.map(({ rule, message }) => `  ${rule}: ${message}`),
    ...(directory === null ? [] : [`The logs are in ${directory}.`]),
  ].join('\n');
}

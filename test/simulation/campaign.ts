import { FAULT_NAMES, RIVAL_NAMES } from './fault-kinds.ts';
import { type Outcome, runSeed } from './run-scenario.ts';
import type { ScratchFile } from './scratch-file.ts';

export interface Campaign {
  readonly from: number;
  readonly seeds: number;
  readonly scratch: ScratchFile;
  readonly onSeed?: (outcome: Outcome) => void;
  /** Stop at the first violation. */
  readonly stopAtFirst?: boolean;
  /** Whether two processes compete for the lease in each seed. */
  readonly rivals?: boolean;
  /** Whether each seed lasts for days. */
  readonly days?: boolean;
}

/** The totals over many seeds. */
export interface Report {
  readonly from: number;
  seeds: number;
  steps: number;
  runs: number;
  blocks: number;
  deaths: number;
  /** Of the lease, among rivals. */
  takeOvers: number;
  purchases: number;
  topUps: number;
  acquisitions: number;
  /** Number of hits by kind of fault. */
  readonly hits: Map<string, number>;
  slowestRecovery: { readonly blocks: number; readonly bound: number; readonly seed: number };
  /** Seeds that were run twice, with the same result to the last line. */
  replayed: number;
  readonly failures: { readonly seed: number; readonly rule: string; readonly message: string }[];
  seconds: number;
  /** Processor time; less than `seconds` when other processes run as well. */
  cpuSeconds: number;
}

const REPLAY_EVERY = 100;

/** Runs seeds one after the other. Each hundredth is run twice, and both runs must be the same. */
export async function campaign({
  from,
  seeds,
  scratch,
  onSeed,
  stopAtFirst = false,
  rivals = false,
  days = false,
}: Campaign): Promise<Report> {
  const report = emptyReport(from);
  const startedMs = performance.now();
  const startedCpu = process.cpuUsage();
  for (let seed = from; seed < from + seeds; seed++) {
    const outcome = await runSeed(seed, scratch, { rivals, days });
    add(report, outcome);
    onSeed?.(outcome);
    if (seed % REPLAY_EVERY === 0) {
      const again = await runSeed(seed, scratch, { rivals, days });
      report.replayed += 1;
      if (again.hash !== outcome.hash)
        fail(report, seed, 'replay', 'a second run of the seed had another outcome');
    }
    if (stopAtFirst && report.failures.length > 0) break;
  }
  report.seconds = (performance.now() - startedMs) / 1000;
  const { user, system } = process.cpuUsage(startedCpu);
  report.cpuSeconds = (user + system) / 1e6;
  return report;
}

function emptyReport(from: number): Report {
  return {
    from,
    seeds: 0,
    steps: 0,
    runs: 0,
    blocks: 0,
    deaths: 0,
    takeOvers: 0,
    purchases: 0,
    topUps: 0,
    acquisitions: 0,
    hits: new Map([...FAULT_NAMES, ...RIVAL_NAMES].map((kind) => [kind, 0])),
    slowestRecovery: { blocks: 0, bound: 0, seed: from },
    replayed: 0,
    failures: [],
    seconds: 0,
    cpuSeconds: 0,
  };
}

function add(report: Report, outcome: Outcome): void {
  report.seeds += 1;
  for (const sum of [
    'steps',
    'runs',
    'blocks',
    'deaths',
    'takeOvers',
    'purchases',
    'topUps',
    'acquisitions',
  ] as const) {
    report[sum] += outcome[sum];
  }
  for (const [kind, count] of outcome.hits) report.hits.set(kind, (report.hits.get(kind) ?? 0) + count);
  const { recovery, seed, violation } = outcome;
  if (recovery && recovery.blocks > report.slowestRecovery.blocks)
    report.slowestRecovery = { ...recovery, seed };
  if (violation) fail(report, seed, String(violation.rule), violation.message);
}

const fail = (report: Report, seed: number, rule: string, message: string): void =>
  void report.failures.push({ seed, rule, message });

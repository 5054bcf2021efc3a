import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The order of the test files: the longest first, so that all workers end at about the same time. Vitest knows how long a file
 * takes only from an earlier run, which a fresh checkout has not had.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const byDuration = super.sort.bind(this);
    const byProject = Map.groupBy(await byDuration(files), ({ project }) => project.name);
    // a worker belongs to one project: the one with most of the short files fills the gaps at the end
    const projects = [...byProject.values()].toSorted((a, b) => a.length - b.length);
    return projects.flatMap((ofProject) => ofProject.toSorted((a, b) => rankOf(a) - rankOf(b)));
  }
}

/** Those that take seconds on an idle machine. Those that wait, for timers or processes, are between those that compute. */
const LONGEST = [
  'contracts/postgres-store',
  'cli/doctor',
  'simulation/simulation',
  'promises/long/3-never-twice',
  'promises/long/month',
  'http/socket-limits',
  'http/connections',
  'process/file-descriptors',
  'monitoring/alerts',
  'process/stop',
  'siege/siege',
  'store/postgres/silent-network',
  'crash/crash',
  'process/demo',
  'fuzz/fuzz',
  'process/modes',
  'cli/node',
  'replicas/three-replicas',
  'cli/migrate',
  'promises/1-at-most-once',
  'monitoring/monitoring',
  'promises/3-dropped-transaction',
  'browser/dashboard-states',
  'process/telemetry',
  'process/log',
  'contracts/sqlite-store',
  'contracts/late-store',
  'promises/3-never-twice',
  'promises/8-crash-before-report',
  'promises/5-another-node',
  'process/daily-limits',
  'process/start',
  'browser/dashboard',
  'process/secrets',
  'process/full-disk',
  'access/matrix',
];

function rankOf({ moduleId }: TestSpecification): number {
  const index = LONGEST.findIndex((file) => moduleId.endsWith(`/test/${file}.test.ts`));
  return index === -1 ? LONGEST.length : index;
}

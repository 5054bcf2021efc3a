import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The order of the test files: the longest first, so that all workers end at about the same time, and those that wait beside
 * those that compute. Vitest knows how long a file takes only from an earlier run, which a fresh checkout has not had.
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

/** They take seconds, in which they mostly wait: for timers, a browser or processes. */
const WAITING = [
  'store/postgres/silent-network',
  'http/connections',
  'crash/crash',
  'browser/dashboard-states',
  'process/stop',
  'cli/doctor',
  'http/socket-limits',
  'process/demo',
  'process/file-descriptors',
  'cli/node',
  'browser/dashboard',
  'cli/migrate',
  'process/telemetry',
  'store/postgres/synchronous-standby',
  'store/postgres/lost-connections',
  'process/modes',
];

/** They mostly compute. One of each list is begun in turn, so that two of four workers compute on two cores. */
const COMPUTING = [
  'simulation/simulation',
  'replicas/three-replicas',
  'contracts/postgres-store',
  'promises/3-never-twice',
  'process/daily-limits',
  'process/start',
  'process/secrets',
  'monitoring/monitoring',
  'access/matrix',
  'contracts/sqlite-store',
  'promises/5-another-node',
  'promises/8-crash-before-report',
  'promises/1-at-most-once',
  'process/log',
];

function rankOf({ moduleId }: TestSpecification): number {
  const indexIn = (list: readonly string[]): number =>
    list.findIndex((file) => moduleId.endsWith(`/test/${file}.test.ts`));
  const [waiting, computing] = [indexIn(WAITING), indexIn(COMPUTING)];
  if (waiting !== -1) return 2 * waiting;
  return computing === -1 ? 2 * (WAITING.length + COMPUTING.length) : 2 * computing + 1;
}

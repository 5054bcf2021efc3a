import type { Bench, BenchSet } from '../bench-set.ts';
import type { Target } from '../closed-loop.ts';
import { type Floor, startFloor } from '../floor.ts';
import { line } from '../line.ts';
import { alternate, median, rateOf, ratios, type Series, series } from '../measure.ts';
import { secondsPerCommit } from '../seconds-per-commit.ts';
import { type Service, startService } from '../service.ts';
import { echo, graphqlAcquire, restAcquire, yogaAcquire, yogaHello } from '../targets.ts';

const CONNECTIONS = [100, 10, 1] as const;
/** More than is given out in a second: an exhausted pool fails the bench. */
const MAX_PER_SECOND = 30_000;

const GOALS = {
  100: { id: 'P1a', atLeast: 0.55 },
  10: { id: 'P1b', atLeast: 0.3 },
  1: { id: 'P1c', atLeast: 0.85 },
} as const;

/** Acquisitions by REST and GraphQL beside bare HTTP, with and without tokens, and GraphQL beside Yoga as it is documented. */
export const acquireSet: BenchSet = {
  name: 'acquire',
  about: 'P1, P3: acquisitions by REST and GraphQL at 1, 10 and 100 connections',
  hasGoal: true,
  run: async (bench) => {
    const stamps = MAX_PER_SECOND * bench.seconds * (bench.rounds + 1) * 3;
    await using bare = await startFloor('bare-http');
    await using yoga = await startFloor('yoga', [bench.scratch.path('yoga.db')]);
    {
      await using service = await startService({ scratch: bench.scratch, stamps });
      for (const connections of CONNECTIONS) await measure(bench, { bare, yoga, service, connections });
    }
    if (bench.quick) return;
    await using service = await startService({ scratch: bench.scratch, stamps, needsToken: true });
    await measureWithToken(bench, bare, service);
  },
};

interface Measurement {
  readonly bare: Floor;
  readonly yoga: Floor;
  readonly service: Service;
  readonly connections: (typeof CONNECTIONS)[number];
}

async function measure(bench: Bench, { bare, yoga, service, connections }: Measurement): Promise<void> {
  const { seconds, rounds } = bench;
  const rate = (server: Pick<Floor, 'load'>, target: Target): Series =>
    rateOf(server, { ...target, connections, seconds });
  const floor = rate(bare, echo(bare.url));
  const rest = rate(service, restAcquire(service.url));
  const graphql = rate(service, graphqlAcquire(service.url));
  const documented = rate(yoga, yogaAcquire(yoga.url));
  const hello = rate(yoga, yogaHello(yoga.url));
  const commit = series(async () => await secondsPerCommit(bench.scratch));
  const others = { 100: [graphql, documented], 10: [], 1: [commit] }[connections];
  const withoutGoal = { 100: [hello], 10: [graphql], 1: [graphql] }[connections];
  await alternate([floor, rest, ...others, ...(bench.quick ? [] : withoutGoal)], rounds);
  addRest(bench, { floor, rest, commit }, connections);
  if (graphql.values.length > 0) addGraphql(bench, { rest, graphql, documented, hello }, connections);
}

type Connections = (typeof CONNECTIONS)[number];

const noun = (connections: Connections): string =>
  connections === 1 ? '1 connection' : `${connections} connections`;

function addRest(
  bench: Bench,
  { floor, rest, commit }: Readonly<Record<'floor' | 'rest' | 'commit', Series>>,
  connections: Connections,
): void {
  const { id, ...goal } = GOALS[connections];
  const details = { bare: median(floor.values), rest: median(rest.values) };
  const title = `REST acquire, ${noun(connections)}`;
  if (connections !== 1)
    return bench.add(line(id, title, { unit: 'of bare', values: ratios(rest, floor), goal, details }));
  // One request waits for one commit, so the two floors add up.
  const limits = floor.values.map((perSecond, n) => 1 / (1 / perSecond + (commit.values[n] ?? Number.NaN)));
  return bench.add(
    line(id, title, {
      unit: 'of 1/(bare + one commit)',
      values: ratios(rest, { values: limits }),
      goal,
      details: { ...details, commits: 1 / median(commit.values) },
    }),
  );
}

function addGraphql(
  bench: Bench,
  { rest, graphql, documented, hello }: Readonly<Record<'rest' | 'graphql' | 'documented' | 'hello', Series>>,
  connections: Connections,
): void {
  const isGoal = connections === 100;
  const details = { rest: median(rest.values), graphql: median(graphql.values) };
  const title = `GraphQL acquireStamp, ${noun(connections)}`;
  bench.add(
    line(isGoal ? 'P3a' : `graphql-${connections}`, title, {
      unit: 'of REST',
      values: ratios(graphql, rest),
      goal: isGoal ? { atLeast: 0.85 } : null,
      details,
    }),
  );
  if (!isGoal) return;
  for (const [id, unit, floor, goal] of [
    ['P3b', 'times Yoga as documented, with one durable row', documented, { atLeast: 4 }],
    ['yoga-hello', 'times Yoga as documented, with one field and no database', hello, null],
  ] as const) {
    if (floor.values.length === 0) continue;
    const values = ratios(graphql, floor);
    bench.add(line(id, title, { unit, values, goal, details: { ...details, yoga: median(floor.values) } }));
  }
}

async function measureWithToken(bench: Bench, bare: Floor, service: Service): Promise<void> {
  const { seconds, rounds } = bench;
  const rate = (server: Pick<Floor, 'load'>, target: Target): Series =>
    rateOf(server, { ...target, connections: 100, seconds });
  const floor = rate(bare, echo(bare.url));
  const rest = rate(service, restAcquire(service.url, service.token));
  const graphql = rate(service, graphqlAcquire(service.url, service.token));
  await alternate([floor, rest, graphql], rounds);
  for (const [id, title, measured] of [
    ['token-rest', 'REST acquire', rest],
    ['token-graphql', 'GraphQL acquireStamp', graphql],
  ] as const)
    bench.add(
      line(id, `${title} with a token, 100 connections`, {
        unit: 'of bare',
        values: ratios(measured, floor),
        details: { perSecond: median(measured.values) },
      }),
    );
}

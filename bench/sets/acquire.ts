import type { Bench, BenchSet } from '../bench-set.ts';
import type { Target } from '../closed-loop.ts';
import { type Floor, startFloor } from '../floor.ts';
import { line } from '../line.ts';
import { alternate, median, ratios, type Series, series } from '../measure.ts';
import { secondsPerCommit } from '../seconds-per-commit.ts';
import { type Service, startService } from '../service.ts';
import { echo, graphqlAcquire, restAcquire } from '../targets.ts';

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
  run: async (bench) => {
    const stamps = (bench.quick ? 3000 : MAX_PER_SECOND) * bench.seconds * (bench.rounds + 1) * 2;
    await using bare = await startFloor('bare-http');
    {
      await using service = await startService({ scratch: bench.scratch, stamps });
      for (const connections of CONNECTIONS) await measure(bench, { bare, service, connections });
    }
    await using service = await startService({ scratch: bench.scratch, stamps, needsToken: true });
    await measureWithToken(bench, bare, service);
  },
};

interface Measurement {
  readonly bare: Floor;
  readonly service: Service;
  readonly connections: (typeof CONNECTIONS)[number];
}

async function measure(bench: Bench, { bare, service, connections }: Measurement): Promise<void> {
  const { seconds, rounds } = bench;
  const rate = (server: Pick<Floor, 'load'>, target: Target): Series =>
    series(async () => (await server.load({ ...target, connections, seconds })).perSecond);
  const floor = rate(bare, echo(bare.url));
  const rest = rate(service, restAcquire(service.url));
  const graphql = rate(service, graphqlAcquire(service.url));
  const commit = series(async () => await secondsPerCommit(bench.scratch));
  await alternate([floor, rest, graphql, ...(connections === 1 ? [commit] : [])], rounds);
  const { id, ...goal } = GOALS[connections];
  const details = { bare: median(floor.values), rest: median(rest.values), graphql: median(graphql.values) };
  const noun = connections === 1 ? '1 connection' : `${connections} connections`;
  if (connections === 1) {
    const limit = {
      values: floor.values.map(
        (perSecond, round) => 1 / (1 / perSecond + (commit.values[round] ?? Number.NaN)),
      ),
    };
    const unit = 'of 1/(bare + one commit)';
    bench.add(
      line(id, `REST acquire, ${noun}`, {
        unit,
        values: ratios(rest, limit),
        goal,
        details: { ...details, commitsPerSecond: 1 / median(commit.values) },
      }),
    );
  } else {
    bench.add(
      line(id, `REST acquire, ${noun}`, { unit: 'of bare', values: ratios(rest, floor), goal, details }),
    );
  }
  bench.add(
    line(connections === 100 ? 'P3a' : `graphql-${connections}`, `GraphQL acquireStamp, ${noun}`, {
      unit: 'of REST',
      values: ratios(graphql, rest),
      goal: connections === 100 ? { atLeast: 0.85 } : null,
      details,
    }),
  );
}

async function measureWithToken(bench: Bench, bare: Floor, service: Service): Promise<void> {
  const { seconds, rounds } = bench;
  const rate = (server: Pick<Floor, 'load'>, target: Target): Series =>
    series(async () => (await server.load({ ...target, connections: 100, seconds })).perSecond);
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

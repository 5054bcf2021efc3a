import type { BenchSet } from '../bench-set.ts';
import type { Target } from '../closed-loop.ts';
import { startFloor } from '../floor.ts';
import { line } from '../line.ts';
import { alternate, median, ratios, series } from '../measure.ts';
import { type Latencies, openLoop } from '../open-loop.ts';
import { startService } from '../service.ts';
import { startSubscribers } from '../subscribers.ts';
import { echo, graphqlAcquire, restAcquire } from '../targets.ts';

const PER_SECOND = 2000;
/** In less, one collection of the old generation, which takes 0.1 s, is more than a hundredth of a round. */
const SECONDS_PER_ROUND = 10;
/** Until V8 has compiled the code, which keeps requests waiting. */
const WARM_UP_SECONDS = 3;
const MAX_WARM_UP_ACQUISITIONS = 40_000 * WARM_UP_SECONDS;

/** The latency of acquisitions at a fixed rate, from the scheduled start of each, while subscribers listen. */
export const openLoopSet: BenchSet = {
  name: 'open-loop',
  about: 'P4: latency at 2,000 requests per second while 1,000 subscribers listen',
  hasGoal: true,
  run: async ({ scratch, rounds, quick, add }) => {
    const seconds = quick ? 1 : SECONDS_PER_ROUND;
    await using bare = await startFloor('bare-http');
    await using service = await startService({
      scratch,
      stamps: 2 * PER_SECOND * (seconds + 1) * (rounds + 2) + 2 * MAX_WARM_UP_ACQUISITIONS,
    });
    for (const target of [restAcquire(service.url), graphqlAcquire(service.url)])
      await service.load({ ...target, connections: 100, seconds: WARM_UP_SECONDS });
    await using subscribers = startSubscribers();
    const count = quick ? 200 : 1000;
    await subscribers.open(count, service.url);
    const latency = (server: { readonly openLoop: typeof openLoop }, target: Target) => {
      const p99Ms: number[] = [];
      const p50 = series(async () => {
        const measured: Latencies = await server.openLoop({ ...target, perSecond: PER_SECOND, seconds });
        p99Ms.push(measured.p99Ms);
        return measured.p50Ms;
      });
      return { p50, p99Ms };
    };
    const floor = latency({ openLoop }, echo(bare.url));
    const rest = latency(service, restAcquire(service.url));
    const graphql = latency(service, graphqlAcquire(service.url));
    await alternate([floor.p50, rest.p50, graphql.p50], rounds);
    for (const [letter, name, measured] of [
      ['a', 'REST acquire', rest],
      ['b', 'GraphQL acquireStamp', graphql],
    ] as const) {
      const title = `${name}, 2,000 per second, ${count} subscribers`;
      add(
        line(`P4${letter}`, `${title}: p50`, {
          unit: 'of bare',
          values: ratios(measured.p50, floor.p50),
          goal: { atMost: 4 },
          details: { bareMs: median(floor.p50.values), ms: median(measured.p50.values) },
        }),
      );
      // The first one is the warm-up.
      add(
        line(`P4${letter}`, `${title}: p99`, {
          unit: 'ms',
          values: measured.p99Ms.slice(1),
          goal: { atMost: 2.5 },
          details: { bareMs: median(floor.p99Ms.slice(1)) },
        }),
      );
    }
  },
};

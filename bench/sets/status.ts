import type { BenchSet } from '../bench-set.ts';
import { startFloor } from '../floor.ts';
import { line } from '../line.ts';
import { alternate, median, rateOf, ratios } from '../measure.ts';
import { startService } from '../service.ts';
import { echo, graphqlStatus, restStatus } from '../targets.ts';

/** Few, because REST lists all of them. */
const STAMPS = 20;

/** The status of a small pool by REST and GraphQL beside bare HTTP. */
export const statusSet: BenchSet = {
  name: 'status',
  about: 'the status by REST and GraphQL at 1, 10 and 100 connections',
  hasGoal: false,
  run: async ({ scratch, seconds, rounds, add }) => {
    await using bare = await startFloor('bare-http');
    await using service = await startService({ scratch, stamps: STAMPS });
    for (const connections of [100, 10, 1]) {
      const floor = rateOf(bare, { ...echo(bare.url), connections, seconds });
      const rest = rateOf(service, { ...restStatus(service.url), connections, seconds });
      const graphql = rateOf(service, { ...graphqlStatus(service.url), connections, seconds });
      await alternate([floor, rest, graphql], rounds);
      for (const [name, measured] of [
        ['REST', rest],
        ['GraphQL', graphql],
      ] as const)
        add(
          line(`status-${name.toLowerCase()}-${connections}`, `${name} status, ${connections} connections`, {
            unit: 'of bare',
            values: ratios(measured, floor),
            details: { perSecond: median(measured.values) },
          }),
        );
    }
  },
};

import type { BenchSet } from '../bench-set.ts';
import { type Floor, startFloor } from '../floor.ts';
import { line } from '../line.ts';
import { alternate, median, rateOf, ratios } from '../measure.ts';
import { echo, yogaHello } from '../targets.ts';

/** A JSON echo and Yoga on Fastify and Hono, beside bare node:http. docs/decisions/0003-http-host.md rests on it. */
export const httpHostsSet: BenchSet = {
  name: 'http-hosts',
  about: 'Fastify and Hono beside bare node:http, each with a JSON echo and with Yoga (only by its name)',
  hasGoal: false,
  onlyByName: true,
  run: async ({ seconds, rounds, add }) => {
    await using bare = await startFloor('http-host', ['bare']);
    await using fastify = await startFloor('http-host', ['fastify']);
    await using hono = await startFloor('http-host', ['hono']);
    for (const [work, target] of [
      ['echo', echo],
      ['yoga', yogaHello],
    ] as const)
      for (const connections of [1, 10, 100]) {
        const rate = (host: Floor) => rateOf(host, { ...target(host.url), connections, seconds });
        const floor = rate(bare);
        const others = [
          ['Fastify', rate(fastify)],
          ['Hono', rate(hono)],
        ] as const;
        await alternate([floor, ...others.map(([, measured]) => measured)], rounds);
        for (const [name, measured] of others)
          add(
            line(
              `${name.toLowerCase()}-${work}-${connections}`,
              `${work} on ${name}, ${connections} connections`,
              {
                unit: 'of bare',
                values: ratios(measured, floor),
                details: { bare: median(floor.values) },
              },
            ),
          );
      }
  },
};

import type { BenchSet } from '../bench-set.ts';
import { startFloor } from '../floor.ts';
import { line } from '../line.ts';
import { alternate, median, rateOf, ratios, series } from '../measure.ts';
import { startPythonGateway } from '../python-gateway.ts';
import { startService } from '../service.ts';
import { restAcquire } from '../targets.ts';

const CONNECTIONS = 100;
/** The gateway becomes faster as its pool becomes smaller, so few of a large pool are acquired. */
const POOLS = [
  { id: 'P5a', stamps: 100, requests: 100, atLeast: 40 },
  { id: 'P5b', stamps: 1000, requests: 500, atLeast: 150 },
  { id: 'P5c', stamps: 10_000, requests: 200, atLeast: 500 },
] as const;

/** Acquisitions beside those of the Python gateway that this service replaces. Its code is not in this repository. */
export const pythonSet: BenchSet = {
  name: 'python',
  about: 'P5: acquisitions beside the Python gateway, with --gateway',
  hasGoal: true,
  run: async ({ gateway, scratch, rounds, seconds, add, note }) => {
    if (gateway === null)
      return note('P5 the Python gateway: not measured, because --gateway does not name a checkout of it.');
    await using service = await startService({
      scratch,
      stamps: 30_000 * seconds * (rounds + 1) * POOLS.length,
    });
    for (const { id, stamps, requests, atLeast } of POOLS) {
      await using node = await startFloor('bee-node', [String(stamps)], 'load');
      const python = series(async () => {
        await using started = await startPythonGateway({
          directory: gateway,
          beeUrl: node.url,
          stamps,
          scratch,
        });
        return await started.acquire({ requests, connections: CONNECTIONS });
      });
      const rest = rateOf(service, { ...restAcquire(service.url), connections: CONNECTIONS, seconds });
      await alternate([python, rest], rounds);
      add(
        line(id, `REST acquire, ${CONNECTIONS} connections`, {
          unit: `times the Python gateway with a pool of ${stamps}`,
          values: ratios(rest, python),
          goal: { atLeast },
          details: { python: median(python.values), rest: median(rest.values) },
        }),
      );
    }
  },
};

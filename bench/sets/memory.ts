import type { BenchSet } from '../bench-set.ts';
import { line } from '../line.ts';
import { startService } from '../service.ts';
import { startSubscribers } from '../subscribers.ts';
import { restAcquire } from '../targets.ts';

/** The memory of the service after many acquisitions and events, beside its memory after the first tenth of them. */
export const memorySet: BenchSet = {
  name: 'memory',
  about: 'P7: memory after 1,000,000 acquisitions and events',
  hasGoal: true,
  run: async ({ scratch, quick, add }) => {
    const acquisitions = quick ? 20_000 : 1_000_000;
    await using service = await startService({ scratch, stamps: acquisitions * 1.5 });
    await using subscribers = startSubscribers();
    await subscribers.open(quick ? 100 : 2000, service.url);
    const load = { ...restAcquire(service.url), connections: 100, seconds: quick ? 1 : 5 };
    let made = 0;
    const until = async (count: number): Promise<void> => {
      while (made < count) made += (await service.load(load)).perSecond * load.seconds;
    };
    await until(acquisitions / 10);
    const early = await service.usedBytes();
    await until(acquisitions);
    const late = await service.usedBytes();
    add(
      line(
        'P7d',
        `memory after ${Math.round(made)} acquisitions and ${await subscribers.received()} events`,
        {
          unit: 'of that after a tenth of them',
          values: [late / early],
          goal: { atMost: 1.1 },
          details: { earlyMB: early / 1e6, lateMB: late / 1e6 },
        },
      ),
    );
  },
};

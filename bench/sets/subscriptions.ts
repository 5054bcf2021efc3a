import type { Bench, BenchSet } from '../bench-set.ts';
import { startFloor } from '../floor.ts';
import { line } from '../line.ts';
import { alternate, median, rateOf, ratios, series } from '../measure.ts';
import { startService } from '../service.ts';
import { startSubscribers } from '../subscribers.ts';
import { restAcquire } from '../targets.ts';

/** Longer than the pause between two events of a subscriber. */
const SETTLE_MS = 900;

/** One change to many equal subscriptions beside plain graphql-ws, their memory, and what they cost acquisitions. */
export const subscriptionsSet: BenchSet = {
  name: 'subscriptions',
  about: 'P7: one change to 1 to 5,000 subscribers, their memory, and acquisitions beside them',
  hasGoal: true,
  run: async (bench) => {
    for (const count of bench.quick ? [300] : [1, 1000, 5000]) await measureChange(bench, count);
    await measureAcquisitions(bench, bench.quick ? 300 : 1000);
  },
};

async function measureChange(bench: Bench, count: number): Promise<void> {
  const { scratch, rounds, add } = bench;
  await using plain = await startFloor('plain-subscriptions');
  await using service = await startService({ scratch, stamps: 1000 });
  await using plainSubscribers = startSubscribers();
  await using subscribers = startSubscribers();
  await subscribers.open(1, service.url); // what WebSockets need is loaded for the first one
  const before = await service.usedBytes();
  await subscribers.open(count - 1, service.url);
  const bytesEach = ((await service.usedBytes()) - before) / (count - 1);
  await plainSubscribers.open(count, plain.url);
  const { url, body = '' } = restAcquire(service.url);
  const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const floor = series(async () => {
    await settled();
    return await plainSubscribers.timeToLastMs({ url: plain.url, body: '' });
  });
  const shared = series(async () => {
    await settled();
    service.allowUnseen();
    return await subscribers.timeToLastMs({ url, body });
  });
  await alternate([floor, shared], rounds);
  const isGoal = count === 5000;
  add(
    line(isGoal ? 'P7a' : `subscriptions-${count}`, `one change to ${count} equal subscriptions, last one`, {
      unit: 'of plain graphql-ws',
      values: ratios(shared, floor),
      goal: isGoal ? { atMost: 0.35 } : null,
      details: { plainMs: median(floor.values), sharedMs: median(shared.values) },
    }),
  );
  if (count > 1)
    add(
      line(isGoal ? 'P7b' : `subscription-memory-${count}`, `memory of one of ${count} subscriptions`, {
        unit: 'KiB',
        values: [bytesEach / 1024],
        goal: isGoal ? { atMost: 12 } : null,
      }),
    );
}

async function measureAcquisitions(bench: Bench, count: number): Promise<void> {
  const { scratch, seconds, rounds, add } = bench;
  const stamps = 30_000 * seconds * (rounds + 1);
  await using quiet = await startService({ scratch, stamps });
  await using watched = await startService({ scratch, stamps });
  await using subscribers = startSubscribers();
  await subscribers.open(count, watched.url);
  const rate = (service: typeof quiet) =>
    rateOf(service, { ...restAcquire(service.url), connections: 100, seconds });
  const [alone, beside] = [rate(quiet), rate(watched)];
  await alternate([alone, beside], rounds);
  add(
    line('P7c', `REST acquire beside ${count} subscribers, 100 connections`, {
      unit: 'of the same without',
      values: ratios(beside, alone),
      goal: { atLeast: 0.85 },
      details: { alone: median(alone.values), events: await subscribers.received() },
    }),
  );
}

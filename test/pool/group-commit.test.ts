import { expect, it, onTestFinished, vi } from 'vitest';
import type { AcquireOutcome, AcquireRequest } from '../../src/domain/acquisition.ts';
import { GroupCommit } from '../../src/pool/group-commit.ts';
import { StoreFailedError } from '../../src/store/store.ts';
import { aRequest } from '../builders.ts';

it.each([
  ['that have waited longer than a second, if the database failed', new StoreFailedError('away'), 'refused'],
  ['of its own commit only, if it is a bug', new TypeError('bug'), 'served'],
] as const)('a commit that fails refuses the requests %s', async (_which, failure, late) => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const first = Promise.withResolvers<readonly AcquireOutcome[]>();
  const committed: AcquireRequest[][] = [];
  const group = new GroupCommit(async (requests) => {
    committed.push([...requests]);
    return committed.length === 1 ? await first.promise : requests.map(() => ({ is: 'exhausted' }));
  });
  const acquire = (): Promise<string> =>
    group.acquire(aRequest()).then(
      () => 'served',
      () => 'refused',
    );
  const own = acquire();
  await new Promise(setImmediate);
  const early = acquire();
  vi.advanceTimersByTime(1_001);
  const recent = acquire();
  first.reject(failure);
  expect(await Promise.all([own, early, recent])).toEqual(['refused', late, 'served']);
});

it('a request that is refused for an earlier commit gets an error of its own, with that of the commit as its cause', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const first = Promise.withResolvers<readonly AcquireOutcome[]>();
  const group = new GroupCommit(() => first.promise);
  const refused = () => group.acquire(aRequest()).catch((error: unknown) => error);
  const own = refused();
  await new Promise(setImmediate);
  const late = refused();
  vi.advanceTimersByTime(1_000);
  const failure = new StoreFailedError('away');
  first.reject(failure);
  expect(await own).toBe(failure);
  expect(await late).toEqual(
    expect.objectContaining({ name: failure.name, message: 'away', cause: failure }),
  );
});

it('has one commit at a time, and the requests that arrive meanwhile share the next one', async () => {
  const first = Promise.withResolvers<void>();
  const sizes: number[] = [];
  const group = new GroupCommit(async (requests) => {
    sizes.push(requests.length);
    if (sizes.length === 1) await first.promise;
    return requests.map(() => ({ is: 'exhausted' }));
  }, 3);
  const acquire = () => group.acquire(aRequest());
  const served = [acquire(), acquire()];
  for (let n = 0; n < 2; n += 1) {
    await new Promise(setImmediate);
    served.push(acquire(), acquire());
    await new Promise(setImmediate);
  }
  expect(sizes).toEqual([2]);
  first.resolve();
  await Promise.all(served);
  expect(sizes).toEqual([2, 3, 1]);
  await acquire();
  expect(sizes).toEqual([2, 3, 1, 1]);
});

it('a commit that fails for the database refuses all requests that have waited for a second, and no others', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const refusedAfter = async (...waitedMs: readonly number[]): Promise<number> => {
    const first = Promise.withResolvers<readonly AcquireOutcome[]>();
    let commits = 0;
    const group = new GroupCommit(async (requests) => {
      commits += 1;
      return commits === 1 ? await first.promise : requests.map(() => ({ is: 'exhausted' }));
    });
    let refused = 0;
    const acquire = (): Promise<unknown> => group.acquire(aRequest()).catch(() => (refused += 1));
    const all = [acquire()];
    await new Promise(setImmediate);
    for (const [at, ms] of waitedMs.entries()) {
      all.push(acquire());
      vi.advanceTimersByTime(ms - (waitedMs[at + 1] ?? 0));
    }
    first.reject(new StoreFailedError('away'));
    await Promise.all(all);
    return refused - 1;
  };
  expect(await refusedAfter()).toBe(0);
  expect(await refusedAfter(3_000, 1_001)).toBe(2);
  expect(await refusedAfter(3_000, 1_000, 999)).toBe(2);
  expect(await refusedAfter(999, 1)).toBe(0);
});

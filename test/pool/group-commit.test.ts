import { expect, it, onTestFinished, vi } from 'vitest';
import type { AcquireRequest } from '../../src/domain/acquisition.ts';
import { GroupCommit } from '../../src/pool/group-commit.ts';
import { type AcquireCommit, OutcomeUnknownError, StoreFailedError } from '../../src/store/store.ts';
import { aRequest } from '../builders.ts';

const exhausted = (requests: readonly AcquireRequest[]): AcquireCommit => ({
  revision: 1,
  outcomes: requests.map(() => ({ is: 'exhausted' })),
});
const ignore = async (): Promise<void> => {};

it.each([
  ['that have waited longer than a second, if the database failed', new StoreFailedError('away'), 'refused'],
  ['of its own commit only, if it is a bug', new TypeError('bug'), 'served'],
] as const)('a commit that fails refuses the requests %s', async (_which, failure, late) => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const first = Promise.withResolvers<AcquireCommit>();
  const committed: AcquireRequest[][] = [];
  const group = new GroupCommit({
    commit: async (requests) => {
      committed.push([...requests]);
      return committed.length === 1 ? await first.promise : exhausted(requests);
    },
    afterCommit: ignore,
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
  const first = Promise.withResolvers<AcquireCommit>();
  const group = new GroupCommit({ commit: () => first.promise, afterCommit: ignore });
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
  const group = new GroupCommit({
    commit: async (requests) => {
      sizes.push(requests.length);
      if (sizes.length === 1) await first.promise;
      return exhausted(requests);
    },
    afterCommit: ignore,
    maxPerCommit: 3,
  });
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
    const first = Promise.withResolvers<AcquireCommit>();
    let commits = 0;
    const group = new GroupCommit({
      commit: async (requests) => {
        commits += 1;
        return commits === 1 ? await first.promise : exhausted(requests);
      },
      afterCommit: ignore,
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

/** How each of these requests ends, and which commits were tried. `p` is one that no commit should have. */
async function endingsOf(
  requests: string,
  { failure, afterCommit = ignore }: { readonly failure: Error; readonly afterCommit?: () => Promise<void> },
) {
  const names = new Map<AcquireRequest, string>();
  const commits: string[] = [];
  const group = new GroupCommit({
    commit: async (together) => {
      const commit = together.map((request) => names.get(request) ?? '').join('');
      commits.push(commit);
      if (commit.includes('p')) throw failure;
      return exhausted(together);
    },
    afterCommit,
  });
  const endings = requests.split('').map(async (name) => {
    const request = aRequest();
    names.set(request, name);
    return await group.acquire(request).then(
      ({ is }) => is,
      (error: unknown) => error,
    );
  });
  return { endings: await Promise.all(endings), commits };
}

it('a request that is a bug for the store fails alone: the requests of its commit are committed one by one', async () => {
  const failure = new TypeError('bug');
  expect(await endingsOf('apb', { failure })).toEqual({
    endings: ['exhausted', failure, 'exhausted'],
    commits: ['apb', 'a', 'p', 'b'],
  });
});

it.each([
  ['is at fault', new StoreFailedError('away')],
  ['may have written it', new OutcomeUnknownError('away')],
])('nothing is committed again if the database %s', async (_what, failure) => {
  expect(await endingsOf('apb', { failure })).toEqual({
    endings: [failure, failure, failure],
    commits: ['apb'],
  });
});

it('nothing is committed again if what follows the commit fails', async () => {
  const failure = new TypeError('bug');
  expect(await endingsOf('ab', { failure, afterCommit: () => Promise.reject(failure) })).toEqual({
    endings: [failure, failure],
    commits: ['ab'],
  });
});

it('requests that are committed one by one are refused like others if the database fails meanwhile', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const sizes: number[] = [];
  const group = new GroupCommit({
    commit: async (requests) => {
      sizes.push(requests.length);
      if (sizes.length === 1) throw new TypeError('bug');
      vi.advanceTimersByTime(1_001);
      throw new StoreFailedError('away');
    },
    afterCommit: ignore,
  });
  const failures = Array.from({ length: 3 }, () =>
    group.acquire(aRequest()).catch((error: unknown) => error),
  );
  for (const failure of await Promise.all(failures)) expect(failure).toBeInstanceOf(StoreFailedError);
  expect(sizes).toEqual([3, 1]);
});

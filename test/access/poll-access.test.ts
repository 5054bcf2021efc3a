import { expect, test } from 'vitest';
import type { Access } from '../../src/access/access.ts';
import { pollAccess } from '../../src/access/poll-access.ts';

test('asks for new and revoked tokens every second, also after a failure', async () => {
  const asked = Promise.withResolvers<void>();
  const sleepsMs: number[] = [];
  const failures: unknown[] = [];
  let refreshed = 0;
  const access: Pick<Access, 'isOpen' | 'refresh'> = {
    isOpen: () => true,
    refresh: async () => {
      refreshed += 1;
      if (refreshed === 3) asked.resolve();
      if (refreshed === 1) throw new Error('the database is busy');
    },
  };
  const clock = { sleep: async (ms: number) => void sleepsMs.push(ms) };
  await using _ = pollAccess(access, {
    clock,
    onTokensRequired: () => {},
    onError: (cause) => failures.push(cause),
  });
  await asked.promise;
  expect(sleepsMs.slice(0, 3)).toEqual([1000, 1000, 1000]);
  expect(failures).toHaveLength(1);
});

test('says once that requests begin to need a token, and not if they needed one at the start', async () => {
  const saidAfter = async (...states: readonly boolean[]): Promise<readonly number[]> => {
    const polled = Promise.withResolvers<void>();
    const said: number[] = [];
    let polls = 0;
    const isOpen = (): boolean => states[polls] ?? false;
    const refresh = async (): Promise<void> => {
      polls += 1;
      if (polls > states.length) polled.resolve();
    };
    await using _ = pollAccess(
      { isOpen, refresh },
      { clock: { sleep: async () => {} }, onTokensRequired: () => said.push(polls), onError: () => {} },
    );
    await polled.promise;
    return said;
  };
  expect(await saidAfter(true, true, false)).toEqual([2]);
  expect(await saidAfter(false, false)).toEqual([]);
});

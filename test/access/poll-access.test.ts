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

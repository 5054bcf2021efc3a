import { expect, test } from 'vitest';
import { NODE, T0 } from '../builders.ts';
import { temporarySqliteStore } from './temporary-store.ts';

test('a lease on disk is free when the file is opened: the process that held it has ended', async () => {
  const opened = await temporarySqliteStore();
  const request = { node: NODE, holder: 'a', ttlMs: 15_000, at: T0 };
  await opened.store.leases.hold(request);
  const store = await opened.reopen();
  expect(await store.leases.holders(T0)).toEqual([]);
  expect(await store.leases.hold({ ...request, holder: 'b' })).toEqual({ node: NODE, holder: 'b', token: 2 });
  await opened.cleanUp();
});

import { describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { restServer } from '../rest/rest-server.ts';

/** A store with a bug: whatever is asked of it throws this. */
const throwing =
  (message: string) =>
  (store: Store): Store =>
    new Proxy(store, {
      get: () => async (): Promise<never> => {
        throw new TypeError(message);
      },
    });

describe('a request that fails with an internal error', () => {
  it('is an incident with the cause, and the client gets a 503', async () => {
    await using server = await restServer({ around: throwing('row is not a stamp') });
    expect((await server.acquire({})).status).toBe(503);
    expect(server.incidents.recent()).toMatchObject([
      { code: 'REQUEST_FAILED', message: expect.stringContaining('row is not a stamp'), count: 1 },
    ]);
  });
});

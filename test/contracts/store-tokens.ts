import { expect, test } from 'vitest';
import { plur } from '../../src/domain/units.ts';
import { aToken, hours, T0 } from '../builders.ts';
import type { StoreUnderTest } from './store.ts';

export function keepingTokens(current: () => StoreUnderTest<'tokens'>): void {
  test('is kept with its limits, oldest first, also over a restart', async () => {
    const limits = { dailyStamps: 50, dailyCost: plur(10n ** 30n), requestsPerSecond: 7 };
    const tokens = [
      aToken({ n: 2, limits, expiresAt: hours(3), scopes: ['read', 'maintain'] }),
      aToken({ n: 1, createdAt: hours(1) }),
    ];
    for (const token of tokens) await current().store.tokens.addToken(token);
    expect(await current().store.tokens.tokens()).toEqual(tokens);
    const { tokens: reopened } = await current().reopen();
    expect(await reopened.tokens()).toEqual(tokens);
  });

  test('are required from the moment of the first one', async () => {
    const { tokens } = current().store;
    expect(await tokens.access()).toEqual({ tokensRequiredSince: null, revision: 0 });
    await tokens.addToken(aToken({ n: 1 }));
    await tokens.addToken(aToken({ n: 2, createdAt: hours(1) }));
    await tokens.requireTokens(hours(2));
    expect(await tokens.access()).toEqual({ tokensRequiredSince: T0, revision: 2 });
  });

  test('are required without one, too', async () => {
    const { tokens } = current().store;
    await tokens.requireTokens(T0);
    await tokens.requireTokens(hours(1));
    expect(await tokens.access()).toEqual({ tokensRequiredSince: T0, revision: 0 });
  });

  test('is revoked by the name of its owner or by its id, once, which changes the revision', async () => {
    const { tokens } = current().store;
    for (const [n, owner] of [
      [1, 'web'],
      [2, 'web'],
      [3, 'ops'],
      [4, 'ops'],
    ] as const)
      await tokens.addToken(aToken({ n, owner }));
    const { id } = aToken({ n: 3 });
    const added = (await tokens.access()).revision;
    expect(await tokens.revokeTokens({ id }, hours(1))).toMatchObject([{ id, revokedAt: hours(1) }]);
    expect((await tokens.access()).revision).toBe(added + 1);
    expect(await tokens.revokeTokens({ owner: aToken().owner }, hours(2))).toHaveLength(2);
    const { revision } = await tokens.access();
    expect(revision).toBe(added + 2);
    expect(await tokens.revokeTokens({ owner: aToken().owner }, hours(3))).toEqual([]);
    expect(await tokens.access()).toEqual({ tokensRequiredSince: T0, revision });
    const revokedAt = (await tokens.tokens()).map((token) => token.revokedAt);
    expect(revokedAt).toEqual([hours(2), hours(2), hours(1), null]);
  });
}

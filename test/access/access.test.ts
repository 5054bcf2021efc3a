import { expect, onTestFinished, test } from 'vitest';
import { type Access, type AccessParts, openAccess } from '../../src/access/access.ts';
import { createJwtVerifier } from '../../src/access/jwt.ts';
import { createTokenSecret } from '../../src/access/token-secret.ts';
import { depth } from '../../src/domain/units.ts';
import type { TokenStore } from '../../src/store/token-store.ts';
import { aToken, hours, T0 } from '../builders.ts';
import { temporarySqliteStore } from '../store/temporary-store.ts';
import { accessParts, issue } from './credentials.ts';
import { jwtIssuer } from './jwt-issuer.ts';

const ADDRESS = '192.0.2.7';
const of = (token?: string, ip = ADDRESS) => ({
  ip,
  authorization: token === undefined ? undefined : `Bearer ${token}`,
});

interface Opened {
  readonly access: Access;
  readonly tokens: TokenStore;
  /** What the clock of the access says. */
  readonly at: (now: Date) => void;
}

async function opened(
  wishes: (
    tokens: TokenStore,
    now: () => Date,
  ) => Partial<AccessParts> | Promise<Partial<AccessParts>> = () => ({}),
): Promise<Opened> {
  const database = await temporarySqliteStore();
  onTestFinished(() => database.cleanUp());
  const { store } = database;
  let now = T0;
  const clock = { now: () => now };
  const parts = accessParts(store.tokens, { clock, ...(await wishes(store.tokens, clock.now)) });
  return {
    access: await openAccess(parts),
    tokens: store.tokens,
    at: (later) => {
      now = later;
    },
  };
}

test('is open until the first token, and then needs one for good, also when that is revoked', async () => {
  const { access, tokens } = await opened();
  expect(await access.authenticate(of())).toMatchObject({
    caller: { id: ADDRESS, kind: 'open', scopes: new Set(['read', 'acquire', 'maintain']), formerId: null },
  });
  await issue(tokens);
  await tokens.revokeTokens({ owner: aToken().owner }, T0);
  await access.refresh();
  expect(access.isOpen()).toBe(false);
  await expect(access.authenticate(of())).rejects.toMatchObject({ statusCode: 401 });
  const again = await openAccess(accessParts(tokens));
  expect(again.isOpen()).toBe(false);
});

test('takes a new token before the next refresh, also as the first one', async () => {
  const { access, tokens } = await opened();
  const first = await issue(tokens, { owner: 'web', scopes: ['read'] });
  expect(await access.authenticate(of(first))).toMatchObject({
    caller: { id: 'web', kind: 'token', scopes: new Set(['read']), address: ADDRESS },
  });
  const second = await issue(tokens, { n: 2, owner: 'app' });
  expect(await access.authenticate(of(second))).toMatchObject({ caller: { id: 'app' } });
});

test('ignores a token of elsewhere while it is open', async () => {
  const { access } = await opened();
  const { token } = createTokenSecret();
  expect(await access.authenticate(of(token))).toMatchObject({ caller: { kind: 'open' } });
});

test('ends a session when its token is revoked or expires, or when requests begin to need one, and says so once', async () => {
  const { access, tokens, at } = await opened();
  const ended: string[] = [];
  const listen = async (name: string, token?: string): Promise<() => void> =>
    (await access.authenticate(of(token))).onEnd((reason) => void ended.push(`${name}: ${reason}`));
  await listen('open');
  await listen('revoked', await issue(tokens, { owner: 'revoked' }));
  await listen('expired', await issue(tokens, { n: 2, owner: 'expired', expiresAt: hours(1) }));
  await listen('live', await issue(tokens, { n: 3, owner: 'live' }));
  const stop = await listen('stopped', await issue(tokens, { n: 4, owner: 'expired', expiresAt: hours(1) }));
  stop();
  await access.refresh();
  expect(ended).toEqual(['open: The service now needs a token.']);
  await tokens.revokeTokens({ owner: aToken({ owner: 'revoked' }).owner }, T0);
  at(hours(1));
  await access.refresh();
  await access.refresh();
  expect(ended.slice(1)).toEqual(['revoked: The token was revoked.', 'expired: The token has expired.']);
});

test('looks for the keys of an address for 24 hours after the first token', async () => {
  const { access, tokens, at } = await opened();
  const token = await issue(tokens, { createdAt: T0 });
  const formerId = async (): Promise<string | null> => (await access.authenticate(of(token))).caller.formerId;
  expect(await formerId()).toBe(ADDRESS);
  at(new Date(hours(24).getTime() - 1));
  expect(await formerId()).toBe(ADDRESS);
  at(hours(24));
  expect(await formerId()).toBeNull();
});

test('refuses wrong tokens of an address with 429 after 30 in a minute, and no valid one', async () => {
  const tried: string[] = [];
  const { access, tokens } = await opened(() => ({
    failedTriesPerMinute: 30,
    onFailedTry: (address) => void tried.push(address),
  }));
  const valid = await issue(tokens);
  await access.refresh();
  const statusOf = async (token?: string, ip?: string): Promise<unknown> =>
    await access.authenticate(of(token, ip)).then(
      () => 200,
      (error: { readonly statusCode: number }) => error.statusCode,
    );
  const statuses: unknown[] = [];
  for (let n = 0; n < 32; n += 1) statuses.push(await statusOf(createTokenSecret().token));
  expect(statuses).toEqual([...Array.from({ length: 30 }, () => 401), 429, 429]);
  await expect(access.authenticate(of('wrong'))).rejects.toMatchObject({
    headers: { 'Retry-After': expect.stringMatching(/^[1-9]\d?$/) },
  });
  expect([await statusOf(valid), await statusOf(), await statusOf('wrong', '192.0.2.8')]).toEqual([
    200, 401, 401,
  ]);
  expect(tried).toHaveLength(34); // a request without a token is no try
});

test('counts the addresses of one IPv6 network together', async () => {
  const { access, tokens } = await opened(() => ({ failedTriesPerMinute: 1 }));
  await tokens.requireTokens(T0);
  await access.refresh();
  const statuses: unknown[] = [];
  for (const ip of ['2001:db8::1', '2001:db8:0:0:9::2', '2001:db8:0:1::1', '::ffff:192.0.2.1', '192.0.2.1']) {
    await access.authenticate(of('wrong', ip)).catch((error: { readonly statusCode: number }) => {
      statuses.push(error.statusCode);
    });
  }
  expect(statuses).toEqual([401, 429, 401, 401, 429]);
});

test.each([undefined, ''])('makes no caller of a client that has disconnected: %j', async (ip) => {
  const { access } = await opened();
  await expect(access.authenticate({ ip, authorization: undefined })).rejects.toMatchObject({
    statusCode: 499,
  });
});

test('has an anonymous tier for requests without a token only', async () => {
  const depths = new Set([depth(17)]);
  const { access, tokens } = await opened(() => ({
    anonymousTier: { depths, dailyStamps: 9, dailyStampsPerAddress: null },
  }));
  await tokens.requireTokens(T0);
  await access.refresh();
  expect(await access.authenticate(of())).toMatchObject({
    caller: { id: `anonymous:${ADDRESS}`, kind: 'anonymous', scopes: new Set(), depths, formerId: ADDRESS },
  });
  await expect(access.authenticate(of('wrong'))).rejects.toMatchObject({ statusCode: 401 });
});

test('takes the JWTs of the issuer, needs a token because of it, and ends their sessions when they expire', async () => {
  await using issuer = await jwtIssuer(() => T0);
  const { access, at } = await opened((_tokens, now) => ({
    verifyJwt: createJwtVerifier(issuer, { clock: { now, monotonicMs: () => 0 }, onUnavailable: () => {} }),
  }));
  expect(access.isOpen()).toBe(false);
  const token = await issuer.sign({
    sub: 'ann',
    scope: 'openid acquire read',
    exp: hours(1).getTime() / 1000,
  });
  const session = await access.authenticate(of(token));
  expect(session.caller).toMatchObject({ id: 'jwt:ann', kind: 'jwt', scopes: new Set(['acquire', 'read']) });
  const ended: string[] = [];
  session.onEnd((reason) => void ended.push(reason));
  at(hours(1));
  await access.refresh();
  expect(ended).toEqual(['The token has expired.']);
  await expect(access.authenticate(of(token))).rejects.toMatchObject({ statusCode: 401 });
});

test.each(['', 's'.repeat(256), 's\ud800', 's\0'])('takes no JWT with the subject %j', async (sub) => {
  await using issuer = await jwtIssuer(() => T0);
  const { access } = await opened((_tokens, now) => ({
    verifyJwt: createJwtVerifier(issuer, { clock: { now, monotonicMs: () => 0 }, onUnavailable: () => {} }),
  }));
  await expect(access.authenticate(of(await issuer.sign({ sub })))).rejects.toMatchObject({
    statusCode: 401,
    message: expect.stringContaining('The subject of the token is'),
  });
});

test('fetches the keys of the issuer once for many unknown ones', async () => {
  await using issuer = await jwtIssuer(() => T0);
  const { access } = await opened((_tokens, now) => ({
    verifyJwt: createJwtVerifier(issuer, { clock: { now, monotonicMs: () => 0 }, onUnavailable: () => {} }),
  }));
  await access.authenticate(of(await issuer.sign()));
  for (const kid of ['a', 'b', 'c']) {
    const token = await issuer.sign({}, { kid, by: 'stranger' });
    await expect(access.authenticate(of(token))).rejects.toMatchObject({ statusCode: 401 });
  }
  expect(issuer.fetches()).toBe(1);
});

test('answers 503 while the keys of the issuer cannot be fetched, and asks for them every five seconds at most', async () => {
  await using issuer = await jwtIssuer(() => T0);
  const unavailable: unknown[] = [];
  let monotonicMs = 0;
  const { access } = await opened((_tokens, now) => ({
    verifyJwt: createJwtVerifier(issuer, {
      clock: { now, monotonicMs: () => monotonicMs },
      onUnavailable: (cause) => void unavailable.push(cause),
    }),
  }));
  issuer.fail(true);
  const token = await issuer.sign();
  for (let n = 0; n < 3; n += 1)
    await expect(access.authenticate(of(token))).rejects.toMatchObject({
      statusCode: 503,
      code: 'UNAVAILABLE',
    });
  expect([issuer.fetches(), unavailable.length]).toEqual([1, 3]);
  issuer.fail(false);
  monotonicMs = 5000;
  expect(await access.authenticate(of(token))).toMatchObject({ caller: { id: 'jwt:ann' } });
});

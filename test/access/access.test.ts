import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { JWK } from 'jose';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type Access, type AccessParts, openAccess } from '../../src/access/access.ts';
import { createJwtVerifier } from '../../src/access/jwt.ts';
import { createTokenSecret } from '../../src/access/token-secret.ts';
import { depth } from '../../src/domain/units.ts';
import { StoreFailedError } from '../../src/store/store.ts';
import type { TokenStore } from '../../src/store/token-store.ts';
import { selfSigned } from '../bee/certificate.ts';
import { listen } from '../bee/servers.ts';
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
  expect(access.isOpen()).toBe(true);
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
  const listenAs = async (name: string, token?: string): Promise<() => void> =>
    (await access.authenticate(of(token))).onEnd((reason) => void ended.push(`${name}: ${reason}`));
  await listenAs('open');
  await access.refresh();
  expect(ended).toEqual([]);
  await listenAs('revoked', await issue(tokens, { owner: 'revoked' }));
  await listenAs('expired', await issue(tokens, { n: 2, owner: 'expired', expiresAt: hours(1) }));
  await listenAs('live', await issue(tokens, { n: 3, owner: 'live' }));
  const stop = await listenAs(
    'stopped',
    await issue(tokens, { n: 4, owner: 'expired', expiresAt: hours(1) }),
  );
  stop();
  await access.refresh();
  expect(ended).toEqual(['open: The service now needs a token.']);
  await tokens.revokeTokens({ owner: aToken({ owner: 'revoked' }).owner }, T0);
  at(hours(1));
  await access.refresh();
  await access.refresh();
  expect(ended.slice(1)).toEqual(['revoked: The token was revoked.', 'expired: The token has expired.']);
  expect(access.liveTokens()).toBe(1);
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
    headers: { 'Retry-After': expect.stringMatching(/^(?:[1-5]\d|60)$/) },
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
  at(new Date(hours(1).getTime() - 1));
  await access.refresh();
  expect(ended).toEqual([]);
  at(hours(1));
  await access.refresh();
  expect(ended).toEqual(['The token has expired.']);
  await expect(access.authenticate(of(token))).rejects.toMatchObject({ statusCode: 401 });
});

test('takes a JWT of an issuer whose clock is up to a minute ahead, and none that has expired', async () => {
  await using issuer = await jwtIssuer(() => T0);
  const { access } = await opened((_tokens, now) => ({
    verifyJwt: createJwtVerifier(issuer, { clock: { now, monotonicMs: () => 0 }, onUnavailable: () => {} }),
  }));
  const inSeconds = (offset: number): number => T0.getTime() / 1000 + offset;
  const tried = async (claims: Parameters<typeof issuer.sign>[0]) =>
    access.authenticate(of(await issuer.sign(claims)));
  for (const offset of [-1, 0, 60])
    expect(await tried({ nbf: inSeconds(offset) })).toMatchObject({ caller: { id: 'jwt:ann' } });
  await expect(tried({ nbf: inSeconds(61) })).rejects.toMatchObject({
    statusCode: 401,
    message: 'The claim nbf of the token is missing or not accepted.',
  });
  expect(await tried({ exp: inSeconds(1) })).toMatchObject({ caller: { id: 'jwt:ann' } });
  for (const offset of [0, -1, -61])
    await expect(tried({ exp: inSeconds(offset) })).rejects.toMatchObject({
      statusCode: 401,
      message: 'The token has expired.',
    });
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

test.each<[string, (response: ServerResponse) => unknown]>([
  ['the status 500', (response) => response.writeHead(500).end('{"keys":[]}')],
  ['a redirect', (response) => response.writeHead(302, { location: '/other' }).end()],
  ['a page', (response) => response.end('<html>Down for maintenance</html>')],
  ['JSON that is no set of keys', (response) => response.end('{"error":"internal"}')],
  ['more than a megabyte', (response) => response.end(`{"keys":[]}${' '.repeat(1_000_000)}`)],
  ['a body that is cut off', (response) => response.write('{"keys":[', () => response.destroy())],
])(
  'answers 503 while the issuer answers its keys with %s, and asks for them every five seconds at most',
  async (_name, answer) => {
    await using issuer = await jwtIssuer(() => T0);
    const unavailable: unknown[] = [];
    const tried: string[] = [];
    let monotonicMs = 0;
    const { access } = await opened((_tokens, now) => ({
      onFailedTry: (address) => void tried.push(address),
      verifyJwt: createJwtVerifier(issuer, {
        clock: { now, monotonicMs: () => monotonicMs },
        onUnavailable: (cause) => void unavailable.push(cause),
      }),
    }));
    issuer.answerWith(answer);
    const token = await issuer.sign();
    for (let n = 0; n < 3; n += 1)
      await expect(access.authenticate(of(token))).rejects.toMatchObject({
        statusCode: 503,
        code: 'UNAVAILABLE',
      });
    expect([issuer.fetches(), unavailable.length, tried]).toEqual([1, 3, []]);
    issuer.answerWith(null);
    monotonicMs = 5000;
    expect(await access.authenticate(of(token))).toMatchObject({ caller: { id: 'jwt:ann' } });
  },
);

test('stops reading keys that never end', async () => {
  await using issuer = await jwtIssuer(() => T0);
  const unavailable: unknown[] = [];
  const { access } = await opened((_tokens, now) => ({
    verifyJwt: createJwtVerifier(issuer, {
      clock: { now, monotonicMs: () => 0 },
      onUnavailable: (cause) => void unavailable.push(cause),
    }),
  }));
  const closed = Promise.withResolvers<void>();
  issuer.answerWith((response) => {
    response.once('close', closed.resolve);
    const send = (): void => void response.write(' '.repeat(100_000), (error) => error ?? send());
    send();
  });
  await expect(access.authenticate(of(await issuer.sign()))).rejects.toMatchObject({ statusCode: 503 });
  await closed.promise;
  expect(unavailable).toMatchObject([{ cause: { code: 'UND_ERR_RES_EXCEEDED_MAX_SIZE' } }]);
});

test('verifies the certificate of the issuer, whatever node is asked to skip', async () => {
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  onTestFinished(() => void vi.unstubAllEnvs());
  await using issuer = await jwtIssuer(() => T0);
  const { key, certificate } = selfSigned();
  let requests = 0;
  await using impostor = await listen(
    createServer({ key, cert: certificate }, (_request, response) => {
      requests += 1;
      response.end('{"keys":[]}');
    }),
  );
  const jwksUrl = new URL(`https://127.0.0.1:${impostor.port}/keys`);
  const { access } = await opened((_tokens, now) => ({
    verifyJwt: createJwtVerifier(
      { ...issuer, jwksUrl },
      { clock: { now, monotonicMs: () => 0 }, onUnavailable: () => {} },
    ),
  }));
  await expect(access.authenticate(of(await issuer.sign()))).rejects.toMatchObject({ statusCode: 503 });
  expect(requests).toBe(0);
});

test.each<[string, JWK]>([
  ['RSA of 1024 bits', { kty: 'RSA', alg: 'RS256', e: 'AQAB', n: '4'.repeat(171) }],
  ['no point of its curve', { kty: 'EC', alg: 'ES256', crv: 'P-256', x: 'AAAA', y: 'AAAA' }],
])('takes no JWT of a key that the issuer lists and that cannot be used: %s', async (_name, key) => {
  await using issuer = await jwtIssuer(() => T0, [{ ...key, kid: 'unusable' }]);
  const unusable: unknown[] = [];
  const { access } = await opened((_tokens, now) => ({
    verifyJwt: createJwtVerifier(issuer, {
      clock: { now, monotonicMs: () => 0 },
      onUnavailable: (cause) => void unusable.push(cause),
    }),
  }));
  const header = Buffer.from(JSON.stringify({ alg: key.alg, kid: 'unusable' })).toString('base64url');
  const [, claims] = (await issuer.sign()).split('.');
  await expect(access.authenticate(of(`${header}.${claims}.AAAA`))).rejects.toMatchObject({
    statusCode: 401,
    message: 'The key of the token cannot be used.',
  });
  expect(unusable).toHaveLength(1);
  expect(await access.authenticate(of(await issuer.sign()))).toMatchObject({ caller: { id: 'jwt:ann' } });
});

test('ends a session whose token has expired also while the tokens cannot be read', async () => {
  let isFailing = false;
  const { access, tokens, at } = await opened((stored) => ({
    tokens: {
      ...reading(stored),
      access: async () => {
        if (isFailing) throw new StoreFailedError('the database does not answer');
        return await stored.access();
      },
    },
  }));
  const ended: string[] = [];
  const token = await issue(tokens, { createdAt: T0, expiresAt: hours(1) });
  (await access.authenticate(of(token))).onEnd((reason) => void ended.push(reason));
  isFailing = true;
  at(hours(1));
  await expect(access.refresh()).rejects.toThrow(StoreFailedError);
  expect(ended).toEqual(['The token has expired.']);
});

test('does not open again, and accepts no revoked token again, because the database answers an earlier read late', async () => {
  let late: Promise<void> | null = null;
  const after = async <Value>(read: Promise<Value>): Promise<Value> => {
    const waiting = late;
    const value = await read;
    await waiting;
    return value;
  };
  const { access, tokens } = await opened((stored) => ({
    tokens: {
      ...reading(stored),
      access: () => after(stored.access()),
      tokens: () => after(stored.tokens()),
    },
  }));
  const refreshAround = async (change: () => Promise<unknown>): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    late = promise;
    const earlier = access.refresh();
    late = null;
    await change();
    await access.refresh();
    resolve();
    await earlier;
  };
  await refreshAround(() => issue(tokens, { owner: 'first' }));
  expect(access.isOpen()).toBe(false);
  const token = await issue(tokens, { n: 2 });
  await refreshAround(() => tokens.revokeTokens({ owner: aToken({ n: 2 }).owner }, T0));
  await expect(access.authenticate(of(token))).rejects.toMatchObject({ statusCode: 401 });
});

test('reads the tokens once for many requests with unknown tokens, and takes one that is created meanwhile', async () => {
  let reads = 0;
  let isReading = (): void => {};
  const { access, tokens } = await opened((stored) => ({
    tokens: {
      ...reading(stored),
      access: async () => {
        reads += 1;
        isReading();
        await new Promise((resolve) => setImmediate(resolve));
        return await stored.access();
      },
    },
  }));
  await issue(tokens);
  await access.refresh();
  reads = 0;
  const unknown = (): Promise<unknown> =>
    access.authenticate(of(createTokenSecret().token)).catch(({ message }: Error) => message);
  const began = new Promise<void>((resolve) => {
    isReading = resolve;
  });
  const answers = Array.from({ length: 20 }, unknown);
  await began;
  const created = access.authenticate(of(await issue(tokens, { n: 2, owner: 'new' })));
  answers.push(...Array.from({ length: 20 }, unknown));
  expect(await created).toMatchObject({ caller: { id: 'new' } });
  expect((await Promise.all(answers)).filter((answer) => typeof answer !== 'string')).toEqual([]);
  expect(reads).toBeLessThanOrEqual(3);
});

/** The methods of a store, of which a test replaces one. */
const reading = (stored: TokenStore): TokenStore => ({
  access: () => stored.access(),
  tokens: () => stored.tokens(),
  addToken: (token) => stored.addToken(token),
  revokeTokens: (selection, at) => stored.revokeTokens(selection, at),
  requireTokens: (at) => stored.requireTokens(at),
});

test('takes the tokens of a database that was restored from a backup, and ends those that are revoked in it', async () => {
  const [present, backup] = [await temporarySqliteStore(), await temporarySqliteStore()];
  for (const one of [present, backup]) onTestFinished(() => one.cleanUp());
  let tokens: TokenStore = present.store.tokens;
  const current: TokenStore = {
    access: () => tokens.access(),
    tokens: () => tokens.tokens(),
    addToken: (token) => tokens.addToken(token),
    revokeTokens: (...selection) => tokens.revokeTokens(...selection),
    requireTokens: (at) => tokens.requireTokens(at),
  };
  const { token, ...stored } = createTokenSecret();
  for (const one of [present, backup]) await one.store.tokens.addToken({ ...aToken(), ...stored });
  await issue(present.store.tokens, { n: 2, owner: 'app' });
  await issue(present.store.tokens, { n: 3, owner: 'app' });
  const access = await openAccess(accessParts(current));
  const session = await access.authenticate(of(token));
  const ended: string[] = [];
  session.onEnd((reason) => void ended.push(reason));

  tokens = backup.store.tokens;
  const added = await issue(tokens, { n: 4, owner: 'new' });
  expect(await access.authenticate(of(added))).toMatchObject({ caller: { id: 'new' } });
  await tokens.revokeTokens({ id: stored.id }, T0);
  await access.refresh();
  expect(ended).toEqual(['The token was revoked.']);
});

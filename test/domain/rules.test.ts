import { describe, expect, it, test } from 'vitest';
import {
  type AccessError,
  clientGone,
  depthNotAllowed,
  invalidToken,
  issuerUnavailable,
  missingToken,
  rateLimitedError,
  refusalOf,
  tooManyFailedTries,
} from '../../src/domain/access-error.ts';
import { type AcquireRequest, fingerprintOf, isFallback } from '../../src/domain/acquisition.ts';
import { type Action, describeAction, lineOfAction } from '../../src/domain/action.ts';
import { networkOf, plainAddress } from '../../src/domain/address.ts';
import { parseScopes, permits } from '../../src/domain/caller.ts';
import { lineOfLease } from '../../src/domain/lease-event.ts';
import { totalsOf } from '../../src/domain/maintenance-run.ts';
import { NoHolderError } from '../../src/domain/no-holder-error.ts';
import { nodeWithheld } from '../../src/domain/node.ts';
import { freshness, mayBeImmutable } from '../../src/domain/observation.ts';
import { endedOrders } from '../../src/domain/order-event.ts';
import { plainText, truncate } from '../../src/domain/plain-text.ts';
import { describeLimit, exceededLimit, nextUtcDay, utcDayOf } from '../../src/domain/quota.ts';
import { redacted } from '../../src/domain/redact.ts';
import { rateHeaders } from '../../src/domain/request-rate.ts';
import { runwayDays, runwaySeconds } from '../../src/domain/runway.ts';
import { sizeName } from '../../src/domain/size.ts';
import { ownerName, tokenState } from '../../src/domain/token.ts';
import { costOf, depth, nodeName, plur } from '../../src/domain/units.ts';
import {
  aCaller,
  anOrder,
  aRequest,
  aStamp,
  aToken,
  aTopUp,
  batchId,
  NODE,
  orderId,
  seconds,
  T0,
} from '../builders.ts';
import { anObservation, seenOf, sent } from '../reconciler/plan-input.ts';
import { aRun } from '../rest/a-run.ts';

const BZZ = 10n ** 16n;

describe('a refused request', () => {
  const rate = {
    of: 'owner',
    limit: 5,
    windowSeconds: 10,
    remaining: 0,
    isExceeded: true,
    resetsAt: seconds(7),
    resetsInSeconds: 7,
  } as const;

  it.each<[AccessError, number, string, Record<string, string>, string]>([
    [
      missingToken(),
      401,
      'UNAUTHENTICATED',
      { 'WWW-Authenticate': 'Bearer realm="stamp-pool"' },
      'Send a token: "Authorization: Bearer <token>".',
    ],
    [
      invalidToken('It has expired.'),
      401,
      'UNAUTHENTICATED',
      {
        'WWW-Authenticate':
          'Bearer realm="stamp-pool", error="invalid_token", error_description="It has expired."',
      },
      'It has expired.',
    ],
    [
      tooManyFailedTries(9),
      429,
      'TOO_MANY_FAILED_TRIES',
      { 'Retry-After': '9' },
      'Too many requests with a wrong token from this address. Retry later.',
    ],
    [rateLimitedError(rate), 429, 'RATE_LIMITED', {}, 'Too many requests in a short time. Retry in 7 s.'],
    [
      depthNotAllowed([17, 18]),
      403,
      'FORBIDDEN',
      {},
      'Without a token only stamps of depth 17, 18 can be acquired.',
    ],
    [
      issuerUnavailable(),
      503,
      'UNAVAILABLE',
      { 'Retry-After': '5' },
      'The token cannot be checked: the keys of its issuer cannot be fetched. Retry later.',
    ],
    [clientGone(), 499, 'CLIENT_GONE', {}, 'The client has closed the connection.'],
    [
      refusalOf({ kind: 'anonymous' }, { scopes: ['read'] }),
      401,
      'UNAUTHENTICATED',
      missingToken().headers,
      missingToken().message,
    ],
    [
      refusalOf({ kind: 'token' }, { scopes: ['maintain', 'read'] }),
      403,
      'FORBIDDEN',
      { 'WWW-Authenticate': 'Bearer realm="stamp-pool", error="insufficient_scope", scope="read maintain"' },
      'The token needs the scope maintain or read.',
    ],
  ])('has a status, a code, headers and a sentence: %s', (error, statusCode, code, headers, message) => {
    expect([error.name, error.message]).toEqual(['AccessError', message]);
    expect(error).toMatchObject({ statusCode, code, headers });
    expect(error.requiredScopes).toEqual(
      'WWW-Authenticate' in headers && code === 'FORBIDDEN' ? ['maintain', 'read'] : null,
    );
  });

  it('has the state of its rate in its headers', () => {
    const headers = { 'RateLimit-Policy': '"owner";q=5;w=10', RateLimit: '"owner";r=0;t=7' };
    const used = { 'X-RateLimit-Limit': '5', 'X-RateLimit-Remaining': '0' };
    expect(rateHeaders(rate)).toEqual({ ...headers, 'Retry-After': '7' });
    expect(rateHeaders({ ...rate, isExceeded: false })).toEqual(headers);
    expect(rateHeaders({ ...rate, of: 'address', remaining: 2, isExceeded: false })).toEqual({
      'RateLimit-Policy': '"address";q=5;w=10',
      RateLimit: '"address";r=2;t=7',
    });
    expect(rateHeaders({ ...rate, of: 'address' })).toMatchObject({ 'Retry-After': '7', ...used });
  });
});

describe('a caller', () => {
  it('may do what one of its scopes, or the anonymous tier, is enough for', () => {
    const reader = { kind: 'token', scopes: new Set(['read'] as const) } as const;
    expect(permits(reader, { scopes: ['acquire', 'read'] })).toBe(true);
    expect(permits(reader, { scopes: ['acquire', 'maintain'] })).toBe(false);
    expect(permits(reader, { scopes: ['acquire'], anonymousTier: true })).toBe(false);
    const anonymous = { kind: 'anonymous', scopes: new Set<never>() } as const;
    expect(permits(anonymous, { scopes: ['acquire'], anonymousTier: true })).toBe(true);
    expect(permits(anonymous, { scopes: ['acquire'] })).toBe(false);
  });

  it('has the scopes that a list names', () => {
    expect([...parseScopes('maintain openid read')]).toEqual(['read', 'maintain']);
    expect([...parseScopes('')]).toEqual([]);
    expect([...parseScopes('reading')]).toEqual([]);
  });

  it('reads no batch id without the scope acquire, and no amount without the scope maintain', () => {
    const text = `batch ${batchId(1)} costs 1.5 BZZ, 2 xDAI and 3 PLUR, 4 times, by 0x${'A'.repeat(40)} and ${'a'.repeat(40)}`;
    const read = (...scopes: ('read' | 'acquire' | 'maintain')[]) =>
      redacted(text, aCaller('a', { scopes: new Set(scopes) }));
    expect(read('acquire', 'maintain')).toBe(text);
    expect(read('maintain')).toBe(
      text.replace(batchId(1), '[batch]').replace(`0x${'A'.repeat(40)}`, '0x' + 'A'.repeat(40)),
    );
    expect(read('acquire')).toBe(
      text
        .replace('1.5 BZZ', '[amount] BZZ')
        .replace('2 xDAI', '[amount] xDAI')
        .replace('3 PLUR', '[amount] PLUR'),
    );
    expect(read('read')).toContain('[amount] BZZ, [amount] xDAI and [amount] PLUR, 4 times');
    expect(redacted(`0x${'A'.repeat(41)}`, aCaller('a', { scopes: new Set() }))).toBe('[batch]');
  });

  it('has a name of 1 to 100 characters that is no address', () => {
    for (const name of ['a', 'web.app@1+2_3-x', 'a'.repeat(100), '1.2.3', '1.2.3.4.5'])
      expect(ownerName(name)).toBe(name);
    for (const name of ['', 'a b', 'a:b', 'ä', 'a'.repeat(101), '1.2.3.4', '10.20.30.40', 'a\n'])
      expect(() => ownerName(name)).toThrow(
        new RangeError(
          `"${name}" is not a name of 1 to 100 letters, digits, "-", "_", ".", "@" and "+", or it is an address`,
        ),
      );
  });

  it.each([
    ['1.2.3.4', '1.2.3.4', '1.2.3.4'],
    ['::ffff:1.2.3.4', '1.2.3.4', '1.2.3.4'],
    ['::FFFF:10.0.0.1', '10.0.0.1', '10.0.0.1'],
    ['::ffff:909:909', '9.9.9.9', '9.9.9.9'],
    ['0:0:0:0:0:ffff:9.9.9.9', '9.9.9.9', '9.9.9.9'],
    ['::1', '::1', '0:0:0:0'],
    ['::ffff:abcd', '::ffff:abcd', '0:0:0:0'],
    ['2001:DB8::3', '2001:db8::3', '2001:db8:0:0'],
    ['2001:0db8:0:0:1::9', '2001:db8::1:0:0:9', '2001:db8:0:0'],
    ['2001:db8:0:1:0:0:0:9', '2001:db8:0:1::9', '2001:db8:0:1'],
    ['fe80::1%eth0', 'fe80::1%eth0', 'fe80:0:0:0'],
    ['x::ffff:1.2.3.4', 'x::ffff:1.2.3.4', 'x::ffff:1.2.3.4'],
  ])('is named by one form of its address, and limited by its network: %s', (address, plain, network) => {
    expect([plainAddress(address), networkOf(address)]).toEqual([plain, network]);
  });
});

test('a token is live until it expires or is revoked', () => {
  const at = seconds(10);
  expect(tokenState(aToken(), at)).toBe('live');
  expect(tokenState(aToken({ expiresAt: seconds(11) }), at)).toBe('live');
  expect(tokenState(aToken({ expiresAt: at }), at)).toBe('expired');
  expect(tokenState({ ...aToken({ expiresAt: at }), revokedAt: T0 }, at)).toBe('revoked');
});

describe('a quota', () => {
  const quota = { subject: 'web', stamps: 2, cost: plur(10n) };
  const used = (stamps: number, cost: bigint) => ({ stamps, cost: plur(cost) });

  it.each([
    [used(1, 0n), 10n, null],
    [used(2, 0n), 0n, 'stamps'],
    [used(1, 5n), 5n, null],
    [used(1, 5n), 6n, 'cost'],
    [used(3, 10n), 1n, 'stamps'],
  ])('of 2 stamps and 10 PLUR, after %o, exceeds by %s: %s', (before, cost, exceeded) => {
    expect(exceededLimit(quota, before, plur(cost))).toBe(exceeded);
    expect(exceededLimit({ ...quota, stamps: null, cost: null }, before, plur(cost))).toBeNull();
  });

  it('is described by its limit, and lasts a UTC day', () => {
    expect(describeLimit({ ...quota, cost: plur(15n * 10n ** 15n) }, 'cost')).toBe('1.5 BZZ');
    expect([1, 2].map((stamps) => describeLimit({ ...quota, stamps }, 'stamps'))).toEqual([
      '1 stamp',
      '2 stamps',
    ]);
    const midnight = new Date('2026-03-01T00:00:00.000Z');
    const next = new Date('2026-03-02T00:00:00.000Z');
    expect([utcDayOf(T0), nextUtcDay(T0), utcDayOf(midnight), nextUtcDay(midnight)]).toEqual([
      midnight,
      next,
      midnight,
      next,
    ]);
  });
});

describe('an action', () => {
  const common = { depth: depth(17), reason: 'why' };
  const paid = { ...common, amount: plur(1n), cost: plur(BZZ) };
  const id = batchId(1);
  const actions: readonly [Action, string][] = [
    [{ ...paid, do: 'buy', purpose: 'reserve' }, 'buy a stamp of depth 17 for 1 BZZ: why'],
    [{ ...paid, do: 'buy', purpose: 'canary' }, 'buy a canary of depth 17 for 1 BZZ: why'],
    [{ ...paid, do: 'topUp', batchId: id, before: aTopUp().before }, `top up ${id} for 1 BZZ: why`],
    [{ ...common, do: 'expire', batchId: id }, `expire ${id}: why`],
    [{ ...common, do: 'adopt', batchId: id }, `adopt ${id}: why`],
    [{ ...common, do: 'hold', code: 'BUSY', cost: null }, 'hold (BUSY): why'],
  ];

  it('is one line of the log', () => {
    for (const [action, line] of actions) expect(describeAction(action)).toBe(line);
    const lines = actions.flatMap(([action]) =>
      action.do === 'buy' || action.do === 'topUp' ? [] : lineOfAction(action),
    );
    expect(lines).toEqual([
      { fields: { event: 'expired', batchId: id, ...common }, message: `expire ${id}: why` },
      { fields: { event: 'adopted', batchId: id, ...common }, message: `adopt ${id}: why` },
      { fields: { event: 'held', code: 'BUSY', ...common }, message: 'hold (BUSY): why' },
    ]);
  });
});

test('nodes of which no process makes the runs are named', () => {
  const nodes = [NODE, nodeName('other')];
  expect(new NoHolderError(nodes)).toMatchObject({
    name: 'NoHolderError',
    message: 'no process has made a run of node bee, other',
    nodes,
  });
});

it('a lease is one line of the log', () => {
  const line = (is: 'taken' | 'lost' | 'released') => lineOfLease({ is, node: NODE, token: 7 });
  expect([line('taken'), line('lost'), line('released')]).toEqual([
    {
      fields: { event: 'leaseTaken', node: 'bee', token: 7 },
      message: 'lease 7 of node bee is taken: this process makes its runs',
    },
    {
      fields: { event: 'leaseLost', node: 'bee', token: 7 },
      message: 'lease 7 of node bee is lost: this process stands by',
    },
    {
      fields: { event: 'leaseReleased', node: 'bee', token: 7 },
      message: 'lease 7 of node bee is released: this process stops',
    },
  ]);
});

test('several runs count together, from the first start to the last end', () => {
  const action = { do: 'expire', batchId: batchId(1), depth: depth(17), reason: '' } as const;
  const first = aRun({
    startedAt: seconds(5),
    endedAt: seconds(6),
    actions: [action],
    purchasesSent: 1,
    topUpsSent: 2,
    adoptedOrRecovered: 3,
    errors: ['a'],
    nextAt: seconds(60),
  });
  const other = aRun({
    startedAt: seconds(1),
    endedAt: seconds(9),
    nextAt: seconds(30),
    actions: [{ ...action, batchId: batchId(2) }],
    purchasesSent: 10,
    topUpsSent: 20,
    adoptedOrRecovered: 30,
    errors: ['b'],
  });
  const inBetween = aRun({
    startedAt: seconds(4),
    endedAt: seconds(7),
    nextAt: seconds(40),
    actions: [],
    errors: [],
  });
  const none = { purchasesSent: 0, topUpsSent: 0, adoptedOrRecovered: 0 };
  expect(totalsOf([first, other, { ...inBetween, ...none }])).toEqual({
    ...first,
    nextAt: seconds(30),
    startedAt: seconds(1),
    endedAt: seconds(9),
    actions: [action, { ...action, batchId: batchId(2) }],
    purchasesSent: 11,
    topUpsSent: 22,
    adoptedOrRecovered: 33,
    errors: ['a', 'b'],
  });
  expect(totalsOf([first])).toBe(first);
});

test('the stamps of a node are withheld when it is not observed for long, or has changed', () => {
  const after = (unobservedSeconds: number | null, hasChanged = false) =>
    nodeWithheld(
      {
        hasChanged,
        observedAtMs: unobservedSeconds === null ? null : T0.getTime() - unobservedSeconds * 1000,
      },
      { at: T0, nodeAwaySeconds: 60 },
    );
  expect([null, -5, 0, 60, 60.001, 120, 120.001].map((unobserved) => after(unobserved))).toEqual([
    null,
    null,
    null,
    null,
    'node_away',
    'node_away',
    'node_lost',
  ]);
  expect([null, 0, 61, 120, 121].map((unobserved) => after(unobserved, true))).toEqual([
    'node_changed',
    'node_changed',
    'node_changed',
    'node_changed',
    'node_lost',
  ]);
});

describe('an observation', () => {
  const staleBy = (lag: number) => {
    const seen = freshness(anObservation({ block: 100, lag }));
    return seen.is === 'stale' ? seen : seen.is;
  };

  it('is fresh up to 20 blocks behind the head of the chain', () => {
    expect([0, 20].map(staleBy)).toEqual(['fresh', 'fresh']);
    expect(staleBy(21)).toEqual({
      is: 'stale',
      code: 'NODE_BEHIND',
      reason: 'the node is 21 blocks behind the chain, more than 20',
    });
    expect(staleBy(-1)).toEqual({
      is: 'stale',
      code: 'NODE_BEHIND',
      reason: 'the node has read block 100 and reports 99 as the head of the chain: its estimate is wrong',
    });
  });

  it('that is incomplete is stale for the same reason', () => {
    const incomplete = {
      is: 'incomplete',
      node: NODE,
      at: T0,
      code: 'NODE_SYNCING',
      reason: 'it syncs',
    } as const;
    expect(freshness({ ...incomplete, addresses: [], chainId: null })).toEqual({
      is: 'stale',
      code: 'NODE_SYNCING',
      reason: 'it syncs',
    });
  });

  it('that shows no immutability leaves it open', () => {
    const immutable = (shown: boolean | null) =>
      [true, false].map((one) => mayBeImmutable(seenOf(aStamp(), { immutable: shown }), one));
    expect([immutable(true), immutable(false), immutable(null)]).toEqual([
      [true, false],
      [false, true],
      [true, true],
    ]);
  });
});

test('orders that were sent and end are counted', () => {
  const before = [anOrder({ n: 1 }), sent(anOrder({ n: 2, depth: 20 })), sent(aTopUp({ n: 3 }))];
  const changes = [1, 2, 3, 4].map((n) => ({
    change: 'orderAbandoned' as const,
    id: orderId(n),
    cause: '',
    atBlock: 1,
  }));
  const cost = sent(aTopUp({ n: 3 })).cost;
  expect(endedOrders(changes, before)).toEqual([
    { is: 'abandoned', kind: 'purchase', depth: 20, cost: costOf(plur(500_000_002n), depth(20)) },
    { is: 'abandoned', kind: 'topUp', depth: 17, cost },
  ]);
  const [id] = [orderId(3)];
  expect(
    endedOrders(
      [
        { change: 'orderRejected', id, cause: '', refusal: 'BUSY' },
        { change: 'orderConfirmed', id, batchId: batchId(1), txHash: null, atBlock: 1 },
        { change: 'orderSent', id },
        { change: 'stampExpired', batchId: batchId(1) },
      ],
      before,
    ).map(({ is }) => is),
  ).toEqual(['rejected', 'confirmed']);
});

test('a text from outside is one line of at most 200 characters', () => {
  expect(plainText(' a\r\n\tb\u0000\u202ec\u2028 ')).toBe('a b c');
  expect(plainText('ä'.repeat(200))).toBe('ä'.repeat(200));
  expect(plainText('ä'.repeat(201))).toBe(`${'ä'.repeat(200)}…`);
  expect(plainText('abc', 2)).toBe('ab…');
  expect(plainText('abc', 3)).toBe('abc');
  expect(truncate('abc', 2)).toBe('ab');
  expect(truncate('a'.repeat(201))).toBe('a'.repeat(200));
  expect(truncate('a\ud83d\udd11', 2)).toBe('a\ufffd'); // half of a pair
});

test('funds last as long as at the pace of the last seven days', () => {
  expect(runwaySeconds(plur(14n), plur(7n))).toBe(14 * 86_400);
  expect(runwaySeconds(plur(14n), plur(0n))).toBeNull();
  expect(runwayDays(plur(14n), plur(0n))).toBeNull();
  expect([0n, 1n, 3n, 100n].map((bzz) => runwayDays(plur(bzz), plur(7n)))).toEqual([0, 1, 3, 100]);
  expect(runwayDays(plur(199n), plur(700n))).toBe(1.9);
});

test('a depth has the name of its size, or its number', () => {
  expect([17, 18, 20, 22, 255].map((count) => sizeName(depth(count)))).toEqual([
    'small',
    'depth-18',
    'medium',
    'large',
    'depth-255',
  ]);
});

test('a retry is the same request if all that decides about the stamp is equal', () => {
  const request = aRequest();
  const same: Partial<AcquireRequest>[] = [{ caller: 'b' }, { idempotencyKey: 'k' }, { quotas: [] }];
  for (const wishes of same) expect(fingerprintOf({ ...request, ...wishes })).toBe(fingerprintOf(request));
  const others: Partial<AcquireRequest>[] = [
    { depth: depth(18) },
    { allowLarger: false },
    { minTtlSeconds: 1 },
    { clientRef: 'a' },
    { node: NODE },
  ];
  const prints = others.map((wishes) => fingerprintOf({ ...request, ...wishes }));
  expect(new Set([fingerprintOf(request), ...prints]).size).toBe(6);
  expect(fingerprintOf(request)).toBe('[17,true,0,null]'); // as earlier versions stored it
  expect(fingerprintOf({ ...request, node: NODE })).toBe('[17,true,0,null,"bee"]');
});

test('a stamp of another depth than asked for is a fallback', () => {
  const given = (count: number) => isFallback({ askedDepth: depth(17), givenDepth: depth(count) });
  expect([17, 18, 22].map(given)).toEqual([false, true, true]);
});

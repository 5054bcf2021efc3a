import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RequestRates } from '../../src/access/request-rates.ts';
import type { Caller } from '../../src/domain/caller.ts';
import { rateHeaders } from '../../src/domain/request-rate.ts';
import { aCaller, seconds, T0 } from '../builders.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: T0, toFake: ['Date', 'setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const anOwner = (id: string, wishes: Partial<Caller> = {}): Caller =>
  aCaller(id, { kind: 'token', ...wishes });
const anAddress = (address: string): Caller =>
  aCaller(`anonymous:${address}`, { kind: 'anonymous', address });

function ratesOf(requestsPerSecond: number): {
  readonly rates: RequestRates;
  readonly exceeded: () => number;
  /** How many of `count` requests at once are accepted. */
  readonly accepted: (caller: Caller, count: number) => Promise<number>;
} {
  let exceeded = 0;
  const rates = new RequestRates({
    clock: { now: () => new Date() },
    requestsPerSecond,
    onExceeded: () => void (exceeded += 1),
  });
  return {
    rates,
    exceeded: () => exceeded,
    accepted: async (caller, count) => {
      const all = await Promise.all(Array.from({ length: count }, () => rates.count(caller)));
      return all.filter((rate) => rate?.isExceeded === false).length;
    },
  };
}

test('accepts the requests of ten seconds at once, and then as many in the next window', async () => {
  const { accepted, exceeded } = ratesOf(50);
  expect(await accepted(anOwner('web'), 600)).toBe(500);
  expect(exceeded()).toBe(100);
  vi.advanceTimersByTime(9999);
  expect(await accepted(anOwner('web'), 1)).toBe(0);
  vi.advanceTimersByTime(1);
  expect(await accepted(anOwner('web'), 600)).toBe(500);
});

test('counts each owner alone, and the rate of a token against all requests of its owner', async () => {
  const { accepted } = ratesOf(1);
  expect(await accepted(anOwner('web'), 9)).toBe(9);
  expect(await accepted(anOwner('app'), 20)).toBe(10);
  expect(await accepted(anOwner('web', { requestsPerSecond: 2 }), 20)).toBe(11);
  expect(await accepted(anOwner('web'), 1)).toBe(0);
});

test('counts the addresses of the anonymous tier by IPv4 address and by IPv6 network', async () => {
  const { accepted } = ratesOf(1);
  expect(await accepted(anAddress('192.0.2.1'), 20)).toBe(10);
  expect(await accepted(anAddress('2001:db8::1'), 6)).toBe(6);
  expect(await accepted(anAddress('2001:db8::2'), 6)).toBe(4);
});

test('does not limit the open mode', async () => {
  const { rates } = ratesOf(1);
  expect(await rates.count(aCaller('127.0.0.1'))).toBeNull();
});

test('says what is left, in the headers of the IETF draft', async () => {
  const { rates } = ratesOf(1);
  const first = await rates.count(anOwner('web'));
  expect(first).toEqual({
    of: 'owner',
    limit: 10,
    windowSeconds: 10,
    remaining: 9,
    isExceeded: false,
    resetsAt: seconds(10),
    resetsInSeconds: 10,
  });
  expect(first && rateHeaders(first)).toEqual({
    'RateLimit-Policy': '"owner";q=10;w=10',
    RateLimit: '"owner";r=9;t=10',
  });
  vi.advanceTimersByTime(6500);
  for (let n = 0; n < 10; n += 1) await rates.count(anAddress('192.0.2.1'));
  vi.advanceTimersByTime(6500);
  const beyond = await rates.count(anAddress('192.0.2.1'));
  expect(beyond && rateHeaders(beyond)).toEqual({
    'RateLimit-Policy': '"address";q=10;w=10',
    RateLimit: '"address";r=0;t=4',
    'Retry-After': '4',
    'X-RateLimit-Limit': '10',
    'X-RateLimit-Remaining': '0',
  });
});

test('waits for no longer than a window if the wall clock is set back', async () => {
  const { rates } = ratesOf(1);
  await rates.count(anOwner('web'));
  vi.setSystemTime(seconds(-3600));
  expect(await rates.count(anOwner('web'))).toMatchObject({ resetsInSeconds: 10 });
});

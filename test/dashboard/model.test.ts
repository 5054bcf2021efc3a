import { describe, expect, test } from 'vitest';
import { captionOf, captionOfStep, captionText, chartData } from '../../dashboard/model/chart-data.ts';
import {
  bytes,
  days,
  dueTime,
  duration,
  fromNow,
  listed,
  shortAmount,
  shortId,
} from '../../dashboard/model/format.ts';
import { type Connection, freshnessOf } from '../../dashboard/model/freshness.ts';
import { slotsOf } from '../../dashboard/model/slots.ts';
import { EMPTY, openedWith, reduce } from '../../dashboard/model/state.ts';
import { totalBzz } from '../../dashboard/model/total-bzz.ts';
import { verdictOf } from '../../dashboard/model/verdict.ts';

type Status = Parameters<typeof verdictOf>[0];
type Level = Status['depths'][number];
type Node = Status['nodes'][number];

const aLevel = (wishes: Partial<Level> = {}): Level => ({
  depth: 17,
  sizeName: 'small',
  target: 2,
  available: 2,
  onOrder: 0,
  expectedAt: null,
  surplus: 0,
  low: false,
  tooShortLived: 0,
  withheld: [],
  ...wishes,
});

const aNode = (wishes: Partial<Node> = {}): Node => ({
  name: 'bee',
  address: null,
  seenAddress: null,
  publicUrl: 'http://bee.example',
  reachable: true,
  fresh: true,
  drained: false,
  staleReason: null,
  version: null,
  block: 1,
  lagBlocks: 0,
  price: null,
  observedAt: '2026-03-01T12:00:00.000Z',
  ...wishes,
});

const aStatus = (wishes: Partial<Status> = {}): Status => ({
  at: '2026-03-01T12:00:00.000Z',
  enabled: true,
  totalAvailable: 2,
  lowReserve: false,
  lastRunAt: null,
  nextRunAt: null,
  depths: [aLevel()],
  nodes: [aNode()],
  lastRuns: [],
  errors: [],
  ...wishes,
});

const anIncident = (severity: 'ERROR' | 'WARNING', time: string): Status['errors'][number] => ({
  code: 'BUSY',
  severity,
  subject: 'bee',
  message: '',
  suggestion: '',
  count: 1,
  firstAt: `2026-03-01T${time}:00.000Z`,
  lastAt: `2026-03-01T${time}:00.000Z`,
});

describe('the page is', () => {
  const connection = (wishes: Partial<Connection> = {}): Connection => ({
    is: 'open',
    heardAtMs: 0,
    refreshedAtMs: 0,
    ...wishes,
  });

  test.each([
    ['live', connection(), 30_000],
    ['stale', connection(), 30_001],
    ['stale', connection({ heardAtMs: 20_000 }), 30_001],
    ['stale', connection({ refreshedAtMs: 20_000 }), 30_001],
    ['stale', connection({ is: 'closed' }), 0],
    ['connecting', connection({ is: 'connecting', heardAtMs: null }), 0],
    ['stale', connection({ is: 'connecting', heardAtMs: null }), 30_001],
    ['connecting', connection({ refreshedAtMs: null }), 0],
  ] as const)('%s (%o at %i)', (expected, given, nowMs) => {
    expect(freshnessOf(given, nowMs)).toBe(expected);
  });
});

describe('the state', () => {
  const later = (seconds: number): string => `2026-03-01T12:00:0${seconds}.000Z`;
  const dashboard = { poolStatus: aStatus() };

  test('of an open service begins with the data of its page, and with the clock of the service', () => {
    const at = Date.parse(dashboard.poolStatus.at);
    const history = { stepSeconds: 60, depths: [] };
    const state = openedWith({ ...dashboard, history }, at - 5000);
    expect(state).toMatchObject({ dashboard, history, clockOffsetMs: 5000, viewer: { token: null } });
    expect(openedWith(null, 0)).toMatchObject({ dashboard: null, viewer: { token: null } });
  });

  test('takes new levels at once, and keeps the rest of the status', () => {
    const before = reduce(EMPTY, { type: 'refreshed', dashboard, atMs: 1 });
    const depths = [aLevel({ available: 1 })];
    const levels = { at: dashboard.poolStatus.at, totalAvailable: 1, lowReserve: true, depths };
    const { dashboard: after, connection } = reduce(before, { type: 'levels', levels, atMs: 2 });
    expect(after?.poolStatus).toEqual(aStatus({ totalAvailable: 1, lowReserve: true, depths }));
    expect(connection).toMatchObject({ heardAtMs: 2, refreshedAtMs: 1 });
  });

  test('does not fall back to an answer that is older than the levels it has', () => {
    const levels = { ...aStatus({ totalAvailable: 1, depths: [aLevel({ available: 1 })] }), at: later(2) };
    const before = reduce(reduce(EMPTY, { type: 'refreshed', dashboard, atMs: 1 }), {
      type: 'levels',
      levels,
      atMs: 2,
    });
    const answer = (at: string) =>
      ({ type: 'refreshed', dashboard: { poolStatus: aStatus({ at }) }, atMs: 3 }) as const;
    expect(reduce(before, answer(later(1))).dashboard?.poolStatus.totalAvailable).toBe(1);
    expect(reduce(before, answer(later(2))).dashboard?.poolStatus.totalAvailable).toBe(2);
  });

  test('keeps its values when the connection is lost, and nothing of a user who has signed out', () => {
    const signedIn = reduce(EMPTY, {
      type: 'signedIn',
      viewer: { token: 'sp_1', owner: 'web', scopes: ['READ'] },
    });
    const before = reduce(signedIn, { type: 'refreshed', dashboard, atMs: 1 });
    const lost = reduce(before, { type: 'disconnected' });
    expect(lost).toEqual({ ...before, connection: { ...before.connection, is: 'closed' } });
    expect(reduce(lost, { type: 'signedOut', refusal: 'revoked' })).toEqual({ ...EMPTY, refusal: 'revoked' });
  });

  test('ignores the history of a window that is no longer chosen', () => {
    const history = { stepSeconds: 60, depths: [] };
    const week = reduce(EMPTY, { type: 'windowChosen', window: 'WEEK' });
    expect(reduce(week, { type: 'historyRead', window: 'HOUR', history })).toBe(week);
    expect(reduce(week, { type: 'historyRead', window: 'WEEK', history }).history).toBe(history);
  });
});

describe('the verdict', () => {
  test.each([
    [{ enabled: false }, 'info', 'The pool is disabled', /STAMP_POOL_ENABLED/],
    [{}, 'good', 'Every target is met: 2 stamps can be acquired', /^$/],
    [
      { depths: [aLevel({ available: 0, low: true })] },
      'bad',
      'No small stamp is in stock',
      /^Nothing is on order/,
    ],
    [
      { depths: [aLevel({ available: 1, low: true, onOrder: 1 })] },
      'warn',
      'The reserve of small stamps is low',
      /^1 stamp on order\.$/,
    ],
    [
      {
        depths: [
          aLevel({ available: 3, target: 4, onOrder: 1 }),
          aLevel({ depth: 22, target: 0, available: 0 }),
        ],
      },
      'info',
      'The reserve of small stamps is filling',
      /^1 stamp on order\.$/,
    ],
    [
      { depths: [aLevel({ available: 3, target: 4 })], nodes: [aNode({ reachable: false, fresh: false })] },
      'warn',
      'The reserve of small stamps is filling',
      /^Node bee does not answer.*Nothing is on order/,
    ],
    [{ depths: [] }, 'info', 'No depth has a target, so nothing is bought', /^$/],
    [{ nodes: [] }, 'warn', 'Every target is met: 2 stamps can be acquired', /not been observed yet/],
    [{ nodes: [aNode({ reachable: false, fresh: false })] }, 'warn', /^Every/, /Node bee does not answer/],
    [{ fundsRunwayDays: 6.5 }, 'warn', /^Every/, /^The funds last 6\.5 days\.$/],
    [
      { errors: [anIncident('ERROR', '11:30'), anIncident('WARNING', '11:30')] },
      'warn',
      /^Every/,
      /^1 incident .*needs/,
    ],
    [{ errors: [anIncident('ERROR', '10:59')] }, 'good', /^Every/, /^$/],
    [
      { nodes: [aNode({ fresh: false, staleReason: 'it syncs' })] },
      'warn',
      /^Every/,
      /not current.*it syncs\.$/,
    ],
  ] as const)('%o is %s', (wishes, tone, headline, details) => {
    const verdict = verdictOf(aStatus(wishes));
    expect(verdict).toMatchObject({ tone, headline: expect.stringMatching(headline) });
    expect(verdict.details.join(' ')).toMatch(details);
  });
});

describe('a level', () => {
  test.each([
    [{ available: 3, surplus: 1, onOrder: 1, target: 2 }, ['available', 'available', 'surplus', 'on-order']],
    [{ available: 1, surplus: 0, onOrder: 1, target: 4 }, ['available', 'on-order', 'missing', 'missing']],
    [{ available: 0, surplus: 0, onOrder: 0, target: 0 }, []],
    [{ available: 5, surplus: 0, onOrder: 0, target: 41 }, null],
  ] as const)('%o has the marks %o', (level, slots) => {
    expect(slotsOf(level)).toEqual(slots);
  });
});

describe('a history', () => {
  const depth = {
    depth: 17,
    sizeName: 'small',
    points: [
      { at: '1970-01-01T00:01:00.000Z', available: 2, target: 2, acquired: 1, refused: 0 },
      { at: '1970-01-01T00:02:00.000Z', available: null, target: null, acquired: 0, refused: 3 },
    ],
  };

  test('is drawn to the end of its last step, with a gap where the service did not run', () => {
    expect(chartData(depth, 60)).toEqual({
      levels: [
        [60, 120, 180],
        [2, null, null],
        [2, null, null],
      ],
      demand: [
        [60, 120, 180],
        [1, 3, null],
        [1, 0, null],
      ],
    });
    expect(chartData({ ...depth, points: [] }, 60).levels).toEqual([[60], [null], [null]]);
  });

  test('is text, too', () => {
    expect(captionText(captionOf(depth))).toBe('lowest level 2, 1 acquired, 3 refused');
    expect(captionOf({ ...depth, points: [] }).level).toBe('no level was recorded');
    expect(depth.points.map((point) => captionText(captionOfStep(point)))).toEqual([
      '2 of 2 available, 1 acquired, 0 refused',
      'the service did not run, 0 acquired, 3 refused',
    ]);
  });
});

describe('the cost of a run', () => {
  const buy = (costBzz: string | null) => ({ __typename: 'BuyAction', costBzz }) as const;

  test('is the exact sum of what is spent; a hold spends nothing', () => {
    expect(totalBzz([buy('0.1 BZZ'), buy('0.2000000000000001 BZZ'), buy(null)])).toBe(
      '0.3000000000000001 BZZ',
    );
    expect(totalBzz([buy('10 BZZ'), { __typename: 'HoldAction', costBzz: '5 BZZ' }])).toBe('10 BZZ');
    expect(totalBzz([{ __typename: 'HoldAction', costBzz: '5 BZZ' }])).toBe(null);
  });
});

test('values are written with their units', () => {
  expect([0, 59, 60, 3599, 3600, 12_000, 86_399, 86_400, 604_000, -5].map(duration)).toEqual([
    '0 s',
    '59 s',
    '1 min',
    '59 min',
    '1 h',
    '3 h 20 min',
    '23 h 59 min',
    '1 d',
    '6 d 23 h',
    '0 s',
  ]);
  expect([5000, -5000, 400].map((ms) => fromNow(ms, 0))).toEqual(['in 5 s', '5 s ago', 'now']);
  expect([5000, 0, -59_000, -130_000].map((ms) => dueTime(ms, 0))).toEqual([
    'in 5 s',
    'now',
    'now',
    'overdue by 2 min',
  ]);
  expect(
    ['0.3850400755351552 BZZ', '0.00001 BZZ', '0 BZZ', '11.4675 BZZ', '9996.1414 BZZ'].map(shortAmount),
  ).toEqual(['0.3850', '< 0.0001', '0', '11.47', '9,996']);
  expect([512, 40_890, 629_000_000].map(bytes)).toEqual(['512 B', '40.9 kB', '629 MB']);
  expect([1, 4.55, 23.4, 18_134].map(days)).toEqual(['1 day', '4.6 days', '23 days', '18,134 days']);
  expect([shortId('a'.repeat(64)), shortId('bee')]).toEqual(['aaaaaa…aaaa', 'bee']);
  expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(listed)).toEqual(['', 'a', 'a and b', 'a, b and c']);
});

import { describe, expect, it } from 'vitest';
import type { NodeRecord } from '../../src/domain/node.ts';
import type { Observation } from '../../src/domain/observation.ts';
import { type AssessInput, assess, NO_HISTORY } from '../../src/reconciler/assess.ts';
import { ADDRESS, NODE, OTHER_ADDRESS, seconds, T0 } from '../builders.ts';
import { anObservation } from './plan-input.ts';

const record: NodeRecord = {
  name: NODE,
  address: ADDRESS,
  pinnedAt: T0,
  chainId: null,
  changed: null,
  observedAt: seconds(-3_600),
};
const input = (wishes: Partial<AssessInput> = {}): AssessInput => ({
  history: NO_HISTORY,
  record,
  others: [],
  isOnlyNode: true,
  supersededOnDisk: [],
  nowMs: 1_000_000,
  blockTimeSeconds: 5,
  nodeAwaySeconds: 3_600,
  ...wishes,
});
const silent: Observation = {
  is: 'incomplete',
  node: NODE,
  at: T0,
  code: 'NODE_UNREACHABLE',
  reason: 'no answer',
  addresses: [],
  chainId: null,
};
const observedAgo = (ago: number | null, wishes: Partial<AssessInput> = {}): AssessInput =>
  input({ record: { ...record, observedAt: ago === null ? null : seconds(-ago) }, ...wishes });

describe('a complete observation of the right node', () => {
  it('is what decisions may rest on, and is written', () => {
    const seen = anObservation();
    const { observation, freshness, own, changes, changesAfterSettling, incidents } = assess(seen, input());
    expect([observation, own]).toEqual([seen, seen]);
    expect(freshness.is).toBe('fresh');
    expect(changes).toEqual([]);
    expect(changesAfterSettling).toEqual([{ change: 'nodeObserved', node: NODE, observedAt: T0 }]);
    expect(incidents).toEqual([]);
  });

  it.each([
    [null, 3_600, true],
    [59.999, 3_600, false],
    [60, 3_600, true],
    [14.999, 60, false],
    [15, 60, true],
    [0, 3_600, false],
    [-1, 3_600, true],
  ])(
    'that is %s s newer than the one on disk, with a bound of %s s, is written: %s',
    (ago, nodeAwaySeconds, expected) => {
      const { changesAfterSettling } = assess(anObservation(), observedAgo(ago, { nodeAwaySeconds }));
      expect(changesAfterSettling).toHaveLength(expected ? 1 : 0);
    },
  );

  it.each([
    [3_600, []],
    [7_201, [{ change: 'nodeAwaited', node: NODE, since: seconds(-3_601) }]],
  ])(
    'that is %s s newer counts the stock of the node again before it is settled, if that was lost',
    (ago, expected) => {
      expect(assess(anObservation(), observedAgo(ago, { nodeAwaySeconds: 3_600 })).changes).toEqual(expected);
    },
  );

  it('is own also while the node is behind, and nothing is decided on it', () => {
    const { freshness, own, changesAfterSettling } = assess(anObservation({ lag: 21 }), input());
    expect(freshness).toMatchObject({ is: 'stale', code: 'NODE_BEHIND' });
    expect(own).not.toBeNull();
    expect(changesAfterSettling).toMatchObject([{ change: 'nodeObserved' }]);
  });

  it('reports its stuck transactions, and writes those that are superseded', () => {
    const seen = anObservation({ pendingPostage: ['Postage batch creation'] });
    const listed = { hash: '0x0', nonce: 0, description: '', sinceTip: 1_880, xdaiBefore: null };
    const transactions = { ...NO_HISTORY.transactions, address: ADDRESS, listed: new Map([['0x0', listed]]) };
    const history = { ...NO_HISTORY, transactions };
    expect(assess(seen, input({ history })).incidents).toMatchObject([
      { code: 'TRANSACTION_STUCK', subject: '0x0' },
    ]);
    const over = assess(
      seen,
      input({ history: { ...history, transactions: { ...transactions, superseded: new Set(['0x0']) } } }),
    );
    expect(over.incidents).toEqual([]);
    expect(over.observation).toMatchObject({ pendingPostage: [] });
    expect(over.changes).toMatchObject([{ change: 'transactionsSuperseded', hashes: ['0x0'] }]);
    const known = assess(seen, input({ history, supersededOnDisk: ['0x0'] }));
    expect(known.changes).toEqual([]);
  });
});

describe('an observation that is incomplete, or shows another node', () => {
  it.each([
    [3_600, null],
    [3_601, 'They count as stock.'],
    [7_200, 'They count as stock.'],
    [7_201, 'They no longer count as stock.'],
    [null, null],
  ])('reports, %s s after the last complete one, that the stamps are withheld: %s', (ago, counted) => {
    const at = ago === null ? null : seconds(-ago).toISOString();
    const detail = `At least since ${at}. ${counted}`;
    const incidents = counted === null ? [] : [{ code: 'NODE_AWAY', subject: NODE, detail }];
    const assessed = assess(silent, observedAgo(ago));
    expect(assessed).toMatchObject({ own: null, changes: [], changesAfterSettling: [], incidents });
    expect(assessed.freshness).toEqual({ is: 'stale', code: 'NODE_UNREACHABLE', reason: 'no answer' });
  });

  it('is not own if another node answers, and only that is written', () => {
    const other: NodeRecord = { ...record, address: OTHER_ADDRESS };
    const { own, freshness, changes, incidents } = assess(anObservation(), input({ record: other }));
    expect(own).toBeNull();
    expect(freshness).toMatchObject({ is: 'stale', code: 'NODE_CHANGED' });
    expect(changes).toEqual([{ change: 'nodeChanged', node: NODE, other: ADDRESS, otherChainId: null }]);
    expect(incidents).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import type { NodeRecord } from '../../src/domain/node.ts';
import type { Observation } from '../../src/domain/observation.ts';
import { nodeName } from '../../src/domain/units.ts';
import { type IdentityInput, type Streak, verifyIdentity } from '../../src/reconciler/identity.ts';
import { ADDRESS, NODE, OTHER_ADDRESS, seconds, T0 } from '../builders.ts';
import { anObservation, TIP } from './plan-input.ts';

const FIRST = nodeName('a');
const LAST = nodeName('z');

const record = (name: NodeRecord['name'], pinnedAt: Date): NodeRecord => ({
  name,
  address: ADDRESS,
  pinnedAt,
  chainId: null,
  changed: null,
  observedAt: null,
});

/** Whether `NODE`, pinned at T0, may spend while another name has the same address. */
const maySpend = (other: NodeRecord): boolean =>
  verifyIdentity({
    observation: anObservation(),
    record: record(NODE, T0),
    others: [other],
    streak: null,
    isOnlyNode: false,
  }).freshness.is === 'fresh';

describe('of two names of one node', () => {
  it('the one that was pinned first spends', () => {
    expect(maySpend(record(LAST, seconds(-1)))).toBe(false);
    expect(maySpend(record(FIRST, seconds(1)))).toBe(true);
    expect(maySpend({ ...record(FIRST, seconds(-1)), address: OTHER_ADDRESS }), 'another node').toBe(true);
  });

  it('the first in the alphabet spends if both were pinned at the same time', () => {
    expect(maySpend(record(FIRST, T0))).toBe(false);
    expect(maySpend(record(LAST, T0))).toBe(true);
  });
});

describe('the chain of a node', () => {
  const onGnosis = { ...record(NODE, T0), chainId: 100 };
  const on = (chainId: number | null): Observation => ({ ...anObservation(), chainId });

  it('is recorded with its address, or when it is shown for the first time', () => {
    const pin = { change: 'nodePinned', node: NODE, address: ADDRESS, chainId: 100 };
    expect(verify({ observation: on(100) }).changes).toEqual([pin]);
    const before = record(NODE, T0);
    expect(verify({ observation: on(100), record: before })).toMatchObject({
      freshness: { is: 'fresh' },
      changes: [pin],
    });
    expect(verify({ observation: on(100), record: before, isOnlyNode: false }).freshness).toMatchObject({
      code: 'NODE_PINNED',
    });
    expect(verify({ observation: on(100), record: onGnosis }).changes).toEqual([]);
    expect(verify({ observation: on(null), record: before }).changes).toEqual([]);
    expect(verify({ observation: on(null), record: onGnosis }).freshness.is, 'not shown').toBe('fresh');
  });

  it('other than recorded is a change of the node, which is written once', () => {
    const change = { other: ADDRESS, otherChainId: 5 };
    const { freshness, changes } = verify({ observation: on(5), record: onGnosis });
    expect([freshness, changes]).toEqual([
      {
        is: 'stale',
        code: 'NODE_CHANGED',
        reason: `${ADDRESS} answers on chain 5, and the stock is on chain 100`,
      },
      [{ change: 'nodeChanged', node: NODE, ...change }],
    ]);
    const again = { ...onGnosis, changed: { ...change, since: T0 } };
    expect(verify({ observation: on(5), record: again }).changes).toEqual([]);
    expect(verify({ observation: on(6), record: again }).changes).toHaveLength(1);
  });

  it('is that of the other nodes, or the node that was pinned later does not spend', () => {
    const codeBeside = (other: NodeRecord, chainId: number | null, own?: NodeRecord): string =>
      freshnessOf({ observation: on(chainId), record: own, others: [other], isOnlyNode: false });
    const other = { ...record(LAST, seconds(1)), address: OTHER_ADDRESS, chainId: 100 };
    expect(codeBeside(other, 5)).toBe('NODE_CHANGED');
    expect(codeBeside(other, 100)).toBe('NODE_PINNED');
    expect(codeBeside(other, null)).toBe('NODE_PINNED');
    expect(codeBeside({ ...other, chainId: null }, 5)).toBe('NODE_PINNED');
    const own = { ...onGnosis, chainId: 5 };
    expect(codeBeside(other, 5, own)).toBe('fresh');
    const earlier = { ...other, pinnedAt: seconds(-1) };
    expect([codeBeside(earlier, 5, own), codeBeside(earlier, null, own)]).toEqual([
      'NODE_CHANGED',
      'NODE_CHANGED',
    ]);
    expect(codeBeside({ ...earlier, address: null }, 5, own), 'retired').toBe('fresh');
    const silent = { is: 'incomplete', node: NODE, at: T0, code: 'NODE_UNREACHABLE', reason: '' } as const;
    const observation = { ...silent, addresses: [], chainId: null };
    expect(freshnessOf({ observation, record: own, others: [earlier] })).toBe('NODE_UNREACHABLE');
  });
});

const verify = (wishes: Partial<IdentityInput>) =>
  verifyIdentity({
    observation: anObservation(),
    record: undefined,
    others: [],
    streak: null,
    isOnlyNode: true,
    ...wishes,
  });
const freshnessOf = (wishes: Partial<IdentityInput>): string => {
  const { freshness } = verify(wishes);
  return freshness.is === 'stale' ? freshness.code : freshness.is;
};

describe('the first observation of a node', () => {
  it('pins it, and is decided on if there is no other node', () => {
    const { freshness, changes, streak } = verify({});
    expect([freshness.is, changes, streak]).toEqual([
      'fresh',
      [{ change: 'nodePinned', node: NODE, address: ADDRESS, chainId: null }],
      null,
    ]);
    expect(freshnessOf({ isOnlyNode: false })).toBe('NODE_PINNED');
  });

  it('that is stale pins nothing', () => {
    const { freshness, changes } = verify({ observation: anObservation({ lag: 21 }) });
    expect([freshness, changes]).toMatchObject([{ is: 'stale', code: 'NODE_BEHIND' }, []]);
  });
});

describe('after another node has answered', () => {
  const before = { ...record(NODE, T0), changed: { other: OTHER_ADDRESS, otherChainId: null, since: T0 } };
  const unpinned = { ...before, address: null, pinnedAt: null };
  const streakOf = (observations: number, blocks: number): Streak => ({
    address: ADDRESS,
    observations,
    sinceTip: TIP - blocks,
  });

  it('each observation of one node is counted, from the first one on', () => {
    expect(verify({ record: before })).toMatchObject({ changes: [], streak: streakOf(1, 0) });
    const next = verify({ record: before, streak: streakOf(2, 3) });
    expect(next).toMatchObject({ changes: [], streak: streakOf(3, 3) });
    const ofOther = { ...streakOf(9, 99), address: OTHER_ADDRESS };
    expect(verify({ record: before, streak: ofOther }).streak).toEqual(streakOf(1, 0));
    const stale = verify({
      record: before,
      streak: streakOf(9, 99),
      observation: anObservation({ lag: 21 }),
    });
    expect(stale).toMatchObject({
      freshness: { is: 'stale', code: 'NODE_CHANGED' },
      changes: [],
      streak: null,
    });
  });

  it.each([
    [4, 10, 'fresh'],
    [4, 9, 'NODE_CHANGED'],
    [3, 10, 'NODE_CHANGED'],
  ])(
    'the node is trusted again after %i earlier observations over %i blocks: %s',
    (observations, blocks, expected) => {
      const streak = streakOf(observations, blocks);
      expect(freshnessOf({ record: before, streak, isOnlyNode: false })).toBe(expected);
      expect(freshnessOf({ record: unpinned, streak })).toBe(expected);
    },
  );

  it('the node is pinned then if it was not, and decided on in the next run if there are others', () => {
    const streak = streakOf(4, 10);
    expect(verify({ record: before, streak }).changes).toEqual([{ change: 'nodeReturned', node: NODE }]);
    expect(verify({ record: unpinned, streak }).changes).toEqual([
      { change: 'nodePinned', node: NODE, address: ADDRESS, chainId: null },
    ]);
    expect(freshnessOf({ record: unpinned, streak, isOnlyNode: false })).toBe('NODE_PINNED');
  });

  it('the reason names who answers, and who owns the stock', () => {
    const reasonOf = (wishes: Partial<IdentityInput>) => {
      const { freshness } = verify(wishes);
      return freshness.is === 'stale' ? freshness.reason : null;
    };
    const several = {
      is: 'incomplete',
      node: NODE,
      at: T0,
      code: 'NODE_CHANGED',
      reason: '',
      chainId: null,
    } as const;
    const addresses = [ADDRESS, OTHER_ADDRESS];
    const ofOther = { ...record(NODE, T0), address: OTHER_ADDRESS };
    expect(reasonOf({ record: ofOther })).toBe(
      `${ADDRESS} answers, and the stock belongs to ${OTHER_ADDRESS}`,
    );
    expect(reasonOf({ observation: { ...several, addresses } })).toBe(
      `several nodes answer alternately, ${ADDRESS} and ${OTHER_ADDRESS}, and none owns the stock yet`,
    );
    expect(reasonOf({ record: unpinned, streak: streakOf(1, 1) })).toBe(
      `${OTHER_ADDRESS} answered before, now ${ADDRESS}: it is trusted again after 2 of 5 observations in a row, 1 of 10 blocks`,
    );
    expect(reasonOf({ record: before, streak: streakOf(1, 1) })).toContain(
      `; the stock belongs to ${ADDRESS}`,
    );
  });

  it('a change is written once while the same one answers', () => {
    const ofOther = { ...record(NODE, T0), address: OTHER_ADDRESS };
    expect(verify({ record: ofOther }).changes).toEqual([
      { change: 'nodeChanged', node: NODE, other: ADDRESS, otherChainId: null },
    ]);
    expect(
      verify({ record: { ...ofOther, changed: { other: ADDRESS, otherChainId: null, since: T0 } } }).changes,
    ).toEqual([]);
    expect(
      verify({ record: { ...ofOther, changed: { other: OTHER_ADDRESS, otherChainId: null, since: T0 } } })
        .changes,
    ).toHaveLength(1);
  });
});

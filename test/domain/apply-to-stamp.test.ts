import { describe, expect, it, test } from 'vitest';
import {
  acquireStamp,
  applyToNode,
  applyToStamp,
  IllegalTransitionError,
  moveObservation,
} from '../../src/domain/apply-change.ts';
import type { NodeChange, StampChange } from '../../src/domain/change.ts';
import type { NodeRecord } from '../../src/domain/node.ts';
import {
  newStampRecord,
  STAMP_STATES,
  type StampRecord,
  type StampState,
  stampOf,
} from '../../src/domain/stamp.ts';
import { depth, plur } from '../../src/domain/units.ts';
import {
  ADDRESS,
  aPropagatingStamp,
  aStamp,
  batchId,
  hours,
  NODE,
  OTHER_ADDRESS,
  seconds,
  T0,
  THIRD_ADDRESS,
} from '../builders.ts';
import { applyMove, applyRetirement } from './held.ts';

const LATER = seconds(60);
const STAMP_CHANGES = [
  { change: 'stampAdded', stamp: aStamp({ ttlHours: 999 }) },
  {
    change: 'stampSeen',
    batchId: batchId(1),
    depth: depth(18),
    amount: plur(9n),
    immutable: false,
    expiresAt: hours(77),
    withheld: 'in_use',
  },
  { change: 'stampAvailable', batchId: batchId(1), expiresAt: hours(88), ttlAtCreationSeconds: 5 },
  {
    change: 'stampMissing',
    batchId: batchId(1),
    sinceBlock: 9,
    withheld: 'missing',
    lastLostAtBlock: null,
  },
  { change: 'stampPaidFor', batchId: batchId(1), cost: plur(1n) },
  { change: 'stampExpired', batchId: batchId(1) },
] as const satisfies readonly StampChange[];

const stampIn = (state: StampState): StampRecord =>
  state === 'propagating'
    ? newStampRecord(aPropagatingStamp())
    : { ...newStampRecord(aStamp({ ttlHours: 30 })), state };

/** What each change makes of a stamp in each state; every pair that is not here leaves the stamp as it is. */
const STAMP_RESULTS: Partial<
  Record<StampChange['change'], Partial<Record<StampState, Partial<StampRecord>>>>
> = {
  stampSeen: inBoth({
    depth: depth(18),
    amount: plur(9n),
    immutable: false,
    expiresAt: hours(77),
    withheld: 'in_use',
  }),
  stampAvailable: {
    propagating: {
      state: 'available',
      availableAt: LATER,
      expiresAt: hours(88),
      ttlAtCreationSeconds: 5,
    },
  },
  stampMissing: inBoth({ missingSinceBlock: 9, withheld: 'missing' }),
  stampPaidFor: inBoth({ cost: plur(aStamp().cost + 1n) }),
  stampExpired: inBoth({ state: 'expired' }),
};

function inBoth(result: Partial<StampRecord>): Partial<Record<StampState, Partial<StampRecord>>> {
  return { propagating: result, available: result };
}

describe('a change of a stamp', () => {
  test.for(STAMP_CHANGES.flatMap((change) => STAMP_STATES.map((state) => ({ change, state }))))(
    '$change.change of a stamp that is $state: the life table decides',
    ({ change, state }) => {
      const before = stampIn(state);
      const after = applyToStamp(before, change, LATER);
      const result = STAMP_RESULTS[change.change]?.[state];
      expect(after).toEqual({ ...before, ...result });
      expect(after === before).toBe(result === undefined);
      expect(after && stampOf(after, null).state).toBe(after?.state);
    },
  );

  test.for(STAMP_CHANGES.flatMap((change) => STAMP_STATES.map((state) => ({ change, state }))))(
    '$change.change does not touch a stamp that is $state and retired',
    ({ change, state }) => {
      const retired = { ...stampIn(state), retiredAddress: OTHER_ADDRESS };
      expect(applyToStamp(retired, change, LATER)).toBe(retired);
    },
  );

  test.for(STAMP_CHANGES.slice(1))('$change of a batch that is not on record does nothing', (change) => {
    expect(applyToStamp(undefined, change, T0)).toBeUndefined();
  });

  it('adds a stamp as it is given', () => {
    for (const stamp of [aStamp(), aPropagatingStamp({ withheld: 'missing', missingSinceBlock: 3 })]) {
      const added = applyToStamp(undefined, { change: 'stampAdded', stamp }, T0);
      expect(added && stampOf(added, null)).toEqual(stamp);
    }
  });

  it('keeps the first block that did not show it, until it is seen, and the last at which it was lost', () => {
    const [, seen, , missing] = STAMP_CHANGES;
    const lost = { ...missing, sinceBlock: 130, withheld: 'lost', lastLostAtBlock: 130 } as const;
    const history: readonly StampChange[] = [missing, lost, { ...seen, withheld: null }];
    const blocks = history.map((_, index) => {
      const changes = history.slice(0, index + 1);
      const after = changes.reduce<StampRecord | undefined>(
        (stamp, change) => applyToStamp(stamp, change, T0),
        stampIn('available'),
      );
      return [after?.missingSinceBlock, after?.lastLostAtBlock];
    });
    expect(blocks).toEqual([
      [9, null],
      [9, 130],
      [null, 130],
    ]);
  });

  it('is acquired only while it is available, not withheld and not retired', () => {
    const available = stampIn('available');
    expect(acquireStamp(available)).toEqual({ ...available, state: 'acquired' });
    const others: readonly StampRecord[] = [
      ...STAMP_STATES.filter((state) => state !== 'available').map(stampIn),
      { ...available, withheld: 'in_use' },
      { ...available, retiredAddress: ADDRESS },
    ];
    for (const other of others)
      expect(() => acquireStamp(other)).toThrow(
        new IllegalTransitionError(`stamp ${other.batchId} may not be given out: it is ${other.state}`),
      );
  });
});

describe('stamps', () => {
  it('are retired by a move of their node unless they have ended, and return with their address', () => {
    const away = { from: ADDRESS, to: OTHER_ADDRESS };
    const back = { from: OTHER_ADDRESS, to: ADDRESS };
    for (const held of STAMP_STATES.map(stampIn)) {
      const isFinal = ['acquired', 'expired'].includes(held.state);
      const retired = applyMove(held, away);
      expect(retired).toEqual(isFinal ? held : { ...held, retiredAddress: ADDRESS });
      expect(applyMove(retired, back)).toEqual(held);
      expect(applyMove(held, { ...away, from: null })).toBe(held);
      expect(applyMove(retired, { from: OTHER_ADDRESS, to: OTHER_ADDRESS })).toBe(isFinal ? held : retired);
      expect(applyMove(retired, { from: OTHER_ADDRESS, to: THIRD_ADDRESS }), 'it stays with its owner').toBe(
        retired,
      );
      expect(applyMove(held, { from: ADDRESS, to: ADDRESS })).toBe(held);
      expect(applyRetirement(held, ADDRESS)).toEqual(retired);
      expect(applyRetirement(retired, OTHER_ADDRESS), 'it stays with its owner').toBe(retired);
      expect(applyRetirement(held, null)).toEqual(
        isFinal ? held : { ...held, retiredAddress: `0x${'0'.repeat(40)}` },
      );
    }
  });
});

describe('a change of a node', () => {
  const pinned: NodeRecord = {
    name: NODE,
    address: ADDRESS,
    pinnedAt: T0,
    chainId: null,
    changed: null,
    observedAt: null,
  };
  const changed: NodeRecord = { ...pinned, changed: { other: OTHER_ADDRESS, otherChainId: null, since: T0 } };
  const unpinned: NodeRecord = { ...changed, address: null, pinnedAt: null };
  const known: NodeRecord = { ...changed, observedAt: seconds(8) };
  const PIN = { change: 'nodePinned', node: NODE, address: OTHER_ADDRESS, chainId: null } as const;
  const CHANGE = { change: 'nodeChanged', node: NODE, other: ADDRESS, otherChainId: null } as const;
  const onGnosis: NodeRecord = { ...pinned, chainId: 100 };
  const ELSEWHERE = { ...PIN, address: ADDRESS, chainId: 5 } as const;
  const RETURN = { change: 'nodeReturned', node: NODE } as const;
  const MOVE = { change: 'nodeMoved', node: NODE, address: OTHER_ADDRESS, observedAt: null } as const;
  const RETIRE = { change: 'nodeRetired', node: NODE } as const;
  const moved = { ...pinned, address: OTHER_ADDRESS, pinnedAt: LATER };

  test.for([
    { what: 'pins a node that is not on record', before: undefined, change: PIN, after: moved },
    { what: 'pins a node without an address', before: unpinned, change: PIN, after: moved },
    { what: 'does not replace a pin', before: pinned, change: PIN, after: pinned },
    { what: 'does not trust a changed node by a pin', before: changed, change: PIN, after: changed },
    {
      what: 'records the chain of a node once',
      before: pinned,
      change: { ...PIN, address: ADDRESS, chainId: 100 },
      after: onGnosis,
    },
    { what: 'does not replace a chain', before: onGnosis, change: ELSEWHERE, after: onGnosis },
    {
      what: 'records no chain of another address',
      before: pinned,
      change: { ...PIN, chainId: 5 },
      after: pinned,
    },
    {
      what: 'leaves a node that is pinned again on the chain of what is retired under its name',
      before: { ...onGnosis, address: null, pinnedAt: null },
      change: ELSEWHERE,
      after: { ...onGnosis, pinnedAt: LATER },
    },
    {
      what: 'leaves a node that moves on its chain',
      before: onGnosis,
      change: MOVE,
      after: { ...moved, chainId: 100 },
    },
    {
      what: 'leaves a node that is given up on its chain',
      before: onGnosis,
      change: RETIRE,
      after: { ...onGnosis, address: null, pinnedAt: null },
    },
    {
      what: 'notes who answers in place of a node',
      before: pinned,
      change: CHANGE,
      after: { ...pinned, changed: { other: ADDRESS, otherChainId: null, since: LATER } },
    },
    {
      what: 'keeps since when a node has changed',
      before: changed,
      change: CHANGE,
      after: { ...pinned, changed: { other: ADDRESS, otherChainId: null, since: T0 } },
    },
    {
      what: 'notes a change of a node that is not on record',
      before: undefined,
      change: CHANGE,
      after: { ...unpinned, changed: { other: ADDRESS, otherChainId: null, since: LATER } },
    },
    { what: 'trusts a node that returns', before: changed, change: RETURN, after: pinned },
    { what: 'knows no node that returns unknown', before: undefined, change: RETURN, after: undefined },
    { what: 'moves a node', before: changed, change: MOVE, after: moved },
    { what: 'moves a node that is not on record', before: undefined, change: MOVE, after: moved },
    { what: 'leaves a node where it is', before: moved, change: MOVE, after: moved },
    {
      what: 'leaves what is known of a node that stays where it is',
      before: { ...known, address: OTHER_ADDRESS },
      change: MOVE,
      after: { ...known, address: OTHER_ADDRESS },
    },
    {
      what: 'does not rely on what is restored beside what it knows of a node',
      before: { ...known, address: OTHER_ADDRESS },
      change: { ...MOVE, observedAt: seconds(1) },
      after: { ...known, address: OTHER_ADDRESS, observedAt: seconds(1) },
    },
    {
      what: 'does not rely on what is restored by a move',
      before: known,
      change: { ...MOVE, observedAt: seconds(1) },
      after: { ...moved, observedAt: seconds(1) },
    },
    {
      what: 'trusts a node that returns, and knows when it was observed',
      before: known,
      change: RETURN,
      after: { ...known, changed: null },
    },
    {
      what: 'notes when a node was observed',
      before: known,
      change: { change: 'nodeObserved', node: NODE, observedAt: seconds(9) },
      after: { ...known, observedAt: seconds(9) },
    },
    {
      what: 'waits for a node that was not observed for long',
      before: { ...known, observedAt: seconds(8) },
      change: { change: 'nodeAwaited', node: NODE, since: seconds(9) },
      after: { ...known, observedAt: seconds(9) },
    },
    {
      what: 'keeps when a node was observed if that is later',
      before: { ...known, observedAt: seconds(9) },
      change: { change: 'nodeAwaited', node: NODE, since: seconds(8) },
      after: { ...known, observedAt: seconds(9) },
    },
    {
      what: 'waits for no node of which it is not known when it was observed',
      before: { ...known, observedAt: null },
      change: { change: 'nodeAwaited', node: NODE, since: seconds(8) },
      after: { ...known, observedAt: null },
    },
    {
      what: 'knows no node that is observed unknown',
      before: undefined,
      change: { change: 'nodeObserved', node: NODE, observedAt: seconds(9) },
      after: undefined,
    },
    { what: 'forgets what is known of a node that moves', before: known, change: MOVE, after: moved },
    {
      what: 'takes its address from a node that is retired',
      before: changed,
      change: RETIRE,
      after: { ...pinned, address: null, pinnedAt: null },
    },
    { what: 'knows no node that is retired unknown', before: undefined, change: RETIRE, after: undefined },
  ] satisfies {
    what: string;
    before: NodeRecord | undefined;
    change: NodeChange;
    after: NodeRecord | undefined;
  }[])('$what', ({ before, change, after }) => {
    expect(applyToNode(before, change, LATER)).toEqual(after);
  });

  it('keeps how long ago it was observed when the clock is set', () => {
    expect(moveObservation(known, 5_000)).toEqual({ ...known, observedAt: seconds(13) });
    expect(moveObservation(known, -5_000)).toEqual({ ...known, observedAt: seconds(3) });
    expect(moveObservation(pinned, 5_000)).toBe(pinned);
  });
});

import { describe, expect, it } from 'vitest';
import { StampList } from '../../src/bee/stamp-list.ts';
import type { CompleteObservation, Observation, PendingTransaction } from '../../src/domain/observation.ts';
import { type EthereumAddress, ethereumAddress, nodeName, plur, wei } from '../../src/domain/units.ts';
import { isSlow, NO_TRANSACTIONS, trackTransactions } from '../../src/reconciler/stuck-transactions.ts';

const BLOCK_SECONDS = 5;
const approval = { hash: '0xa', nonce: 6, description: 'Approve tokens for postage operations' };
const creation = { hash: '0xc', nonce: 7, description: 'Postage batch creation' };
const cancellation = { hash: '0xd', nonce: 7, description: 'Postage batch creation (cancellation)' };
const stake = { hash: '0xe', nonce: 8, description: 'Stake deposit' };

function address(digit: string): EthereumAddress {
  const parsed = ethereumAddress(`0x${digit.repeat(40)}`);
  if (parsed === undefined) throw new Error('not an address');
  return parsed;
}

interface Options {
  /** Blocks since the previous observation. */
  readonly after?: number;
  /** The xDAI in the wallet; null if the node does not show it. */
  readonly gas?: number | null;
}

/** Observations in a row, a block apart. Returns which transactions are still waited for. */
class Tracker {
  #history = NO_TRANSACTIONS;
  #block = 1000;
  #address = address('a');

  /** Another wallet answers from now on. */
  changeWallet(): void {
    this.#address = address('b');
  }

  observe(pending: readonly PendingTransaction[], { after = 1, gas = 100 }: Options = {}) {
    this.#block += after;
    const chain = {
      tip: this.#block,
      block: this.#block - 5,
      price: plur(1n),
      totalAmount: plur(1n),
      minimumValidityBlocks: null,
    };
    const wallet = gas === null ? null : { bzz: plur(1n), xdai: wei(BigInt(gas)) };
    const pendingPostage = pending.filter(({ description }) => description !== stake.description);
    const seen: CompleteObservation = {
      is: 'complete',
      node: nodeName('bee'),
      at: new Date(0),
      address: this.#address,
      chainId: null,
      version: '2.8.1',
      chain,
      stamps: StampList.of([]),
      wallet,
      pending,
      pendingPostage,
      batches: new Map(),
    };
    return this.#track(seen);
  }

  observeFailure(after = 1) {
    this.#block += after;
    const failure = { code: 'NODE_UNREACHABLE', reason: 'no answer' } as const;
    return this.#track({
      is: 'incomplete',
      node: nodeName('bee'),
      at: new Date(0),
      addresses: [],
      chainId: null,
      ...failure,
    });
  }

  get isSlow(): boolean {
    return isSlow(this.#history);
  }

  #track(seen: Observation) {
    const at = { nowMs: this.#block * BLOCK_SECONDS * 1000, blockTimeSeconds: BLOCK_SECONDS };
    const { observation, incidents, history } = trackTransactions(this.#history, seen, at);
    this.#history = history;
    const waitedFor =
      observation.is === 'complete' ? observation.pendingPostage.map(({ hash }) => hash) : null;
    return { waitedFor, incidents };
  }
}

/** A creation is pending; its cancellation appears, and leaves the list. What the observations after that wait for. */
function afterCancellation(
  observations: readonly (Options & { readonly pending?: readonly PendingTransaction[] })[],
) {
  const tracker = new Tracker();
  for (let block = 0; block < 20; block++) tracker.observe([creation]);
  tracker.observe([creation, cancellation]);
  return observations.map(
    ({ pending = [creation], ...options }) => tracker.observe(pending, { gas: 99, ...options }).waitedFor,
  );
}

describe('a transaction that stays pending', () => {
  it('is reported by its hash after 120 blocks, with each observation', () => {
    const tracker = new Tracker();
    expect(tracker.observe([approval]).incidents).toEqual([]);
    expect(tracker.observe([approval], { after: 119 }).incidents).toEqual([]);
    const reported = {
      code: 'TRANSACTION_STUCK',
      subject: '0xa',
      detail: '"Approve tokens for postage operations", 0xa, nonce 6, for 120 blocks.',
    };
    expect(tracker.observe([approval]).incidents).toEqual([reported]);
    expect(tracker.observe([approval, creation]).incidents).toMatchObject([{ subject: '0xa' }]);
  });

  it('is not reported for the time that an earlier one was pending', () => {
    const tracker = new Tracker();
    tracker.observe([approval]);
    tracker.observe([approval, creation], { after: 100 });
    expect(tracker.observe([creation], { after: 50 }).incidents).toEqual([]);
    expect(tracker.observe([], { after: 10 }).incidents).toEqual([]);
    expect(tracker.observe([creation], { after: 90 }).incidents).toEqual([]);
  });

  it('is slow once it takes longer than usual', () => {
    const tracker = new Tracker();
    tracker.observe([creation]);
    expect(tracker.isSlow).toBe(false);
    tracker.observe([creation], { after: 3 });
    expect(tracker.isSlow).toBe(true);
    tracker.observe([]);
    expect(tracker.isSlow).toBe(false);
  });
});

describe('a replaced transaction that the node still lists', () => {
  it('is superseded when two observations do not list its cancellation, and gas was paid', () => {
    expect(afterCancellation([{}, {}, {}])).toEqual([['0xc'], [], []]);
    expect(afterCancellation([{ after: 2 }, { after: 2 }]), 'two blocks apart').toEqual([['0xc'], []]);
  });

  it('is never reported from then on, and is not slow', () => {
    const tracker = new Tracker();
    tracker.observe([creation]);
    tracker.observe([creation, cancellation]);
    for (let block = 0; block < 300; block++) {
      expect(tracker.observe([creation], { gas: 99 }).incidents).toEqual([]);
    }
    expect(tracker.isSlow).toBe(false);
  });

  it('is superseded also if the mined transaction has a higher nonce', () => {
    const tracker = new Tracker();
    tracker.observe([creation]);
    tracker.observe([creation, stake]);
    tracker.observe([creation], { gas: 99 });
    expect(tracker.observe([creation], { gas: 99 }).waitedFor).toEqual([]);
  });

  it('blocks while its cancellation is listed, and so does a cancellation without its original', () => {
    const tracker = new Tracker();
    tracker.observe([creation]);
    expect(tracker.observe([creation, cancellation]).waitedFor).toEqual(['0xc', '0xd']);
    expect(tracker.observe([cancellation]).waitedFor).toEqual(['0xd']);
  });

  it('stays superseded, also if the node no longer shows a balance, or cannot be read for a while', () => {
    const tracker = new Tracker();
    tracker.observe([creation]);
    tracker.observe([creation, cancellation]);
    tracker.observe([creation], { gas: 99 });
    tracker.observe([creation], { gas: 99 });
    expect(tracker.observeFailure().waitedFor).toBeNull();
    expect(tracker.observe([creation], { after: 500, gas: 200 }).waitedFor).toEqual([]);
  });

  it('is superseded by the list alone if the node shows no balance', () => {
    const tracker = new Tracker();
    for (const pending of [[creation], [creation, cancellation], [creation]])
      tracker.observe(pending, { gas: null });
    expect(tracker.observe([creation], { gas: null }).waitedFor).toEqual([]);
  });
});

describe('a transaction that could still be mined blocks', () => {
  it.each([
    { reason: 'no gas was paid', observations: [{ gas: 100 }, { gas: 100 }] },
    { reason: 'the wallet has more xDAI than before', observations: [{ gas: 200 }, { gas: 200 }] },
    {
      reason: 'the cancellation is listed again',
      observations: [{}, { pending: [creation, cancellation] }, {}],
    },
    { reason: 'another transaction was sent in between', observations: [{ pending: [creation, stake] }, {}] },
    {
      reason: 'the observations are too far apart to exclude a restart',
      observations: [{ after: 3 }, {}, {}],
    },
    { reason: 'the second observation is too far from the first', observations: [{}, { after: 3 }, {}] },
  ])('when $why', ({ observations }) => {
    expect(afterCancellation(observations).at(-1)).toContain('0xc');
  });

  it('when the node could not be read in between', () => {
    const tracker = new Tracker();
    tracker.observe([creation]);
    tracker.observe([creation, cancellation]);
    tracker.observeFailure();
    tracker.observe([creation], { gas: 99 });
    expect(tracker.observe([creation], { gas: 99 }).waitedFor).toEqual(['0xc']);
  });

  it('when another wallet answered in between', () => {
    const tracker = new Tracker();
    tracker.observe([creation]);
    tracker.observe([creation, cancellation]);
    tracker.changeWallet();
    tracker.observe([creation], { gas: 99 });
    expect(tracker.observe([creation], { gas: 99 }).waitedFor).toEqual(['0xc']);
  });

  it('when the mined transaction has a lower nonce', () => {
    const tracker = new Tracker();
    tracker.observe([]);
    tracker.observe([approval, creation]);
    tracker.observe([creation], { gas: 99 });
    expect(tracker.observe([creation], { gas: 99 }).waitedFor).toEqual(['0xc']);
  });

  it('when the first observation lists the cancellation', () => {
    const tracker = new Tracker();
    tracker.observe([creation, cancellation]);
    tracker.observe([creation], { gas: 99 });
    expect(tracker.observe([creation], { gas: 99 }).waitedFor).toEqual(['0xc']);
  });
});

import { describe, expect, it } from 'vitest';
import type { CompleteObservation, Observation, PendingTransaction } from '../../src/domain/observation.ts';
import { type EthereumAddress, ethereumAddress, nodeName, plur, wei } from '../../src/domain/units.ts';
import { StuckTransactions } from '../../src/reconciler/stuck-transactions.ts';

const BLOCK_SECONDS = 5;
const approval = { hash: '0xa', nonce: 6, description: 'Approve tokens for postage operations' };
const creation = { hash: '0xc', nonce: 7, description: 'Postage batch creation' };
const cancellation = { hash: '0xd', nonce: 7, description: 'Postage batch creation (cancellation)' };
const stake = { hash: '0xe', nonce: 8, description: 'Stake deposit' };

function address(digit: string): EthereumAddress {
  const parsed = ethereumAddress(`0x${digit.repeat(40)}`);
  if (parsed === undefined) throw new Error('it is no address');
  return parsed;
}

interface Sight {
  /** Blocks since the look before. */
  readonly after?: number;
  /** null: the node tells no balance. */
  readonly gas?: number | null;
}

/** Looks one after the other, a block apart; says which transactions are still waited for. */
class Looker {
  readonly #watch = new StuckTransactions(BLOCK_SECONDS);
  #block = 1000;
  #address = address('a');

  /** Another wallet from now on. */
  change(): void {
    this.#address = address('b');
  }

  look(pending: readonly PendingTransaction[], { after = 1, gas = 100 }: Sight = {}) {
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
      version: '2.8.1',
      chain,
      stamps: [],
      wallet,
      pending,
      pendingPostage,
      values: new Map(),
    };
    return this.#report(seen);
  }

  lookInVain(after = 1) {
    this.#block += after;
    const failed = { code: 'NODE_UNREACHABLE', why: 'no answer' } as const;
    return this.#report({
      is: 'incomplete',
      node: nodeName('bee'),
      at: new Date(0),
      addresses: [],
      ...failed,
    });
  }

  get isWaiting(): boolean {
    return this.#watch.isWaiting;
  }

  #report(seen: Observation) {
    const { observation, incidents } = this.#watch.look(seen, this.#block * BLOCK_SECONDS * 1000);
    const waitedFor =
      observation.is === 'complete' ? observation.pendingPostage.map(({ hash }) => hash) : null;
    return { waitedFor, incidents };
  }
}

/** A creation that waits; a cancellation appears, is mined and leaves; what the looks after that wait for. */
function afterCancellation(looks: readonly (Sight & { readonly pending?: readonly PendingTransaction[] })[]) {
  const looker = new Looker();
  for (let block = 0; block < 20; block++) looker.look([creation]);
  looker.look([creation, cancellation]);
  return looks.map(
    ({ pending = [creation], ...sight }) => looker.look(pending, { gas: 99, ...sight }).waitedFor,
  );
}

describe('a transaction that stays pending', () => {
  it('is reported after 120 blocks, by its hash, with each look', () => {
    const looker = new Looker();
    expect(looker.look([approval]).incidents).toEqual([]);
    expect(looker.look([approval], { after: 119 }).incidents).toEqual([]);
    const reported = {
      code: 'TRANSACTION_STUCK',
      subject: '0xa',
      detail: '"Approve tokens for postage operations", 0xa, nonce 6, for 120 blocks.',
    };
    expect(looker.look([approval]).incidents).toEqual([reported]);
    expect(looker.look([approval, creation]).incidents).toMatchObject([{ subject: '0xa' }]);
  });

  it('is not reported for the time that another one took before it', () => {
    const looker = new Looker();
    looker.look([approval]);
    looker.look([approval, creation], { after: 100 });
    expect(looker.look([creation], { after: 50 }).incidents).toEqual([]);
    expect(looker.look([], { after: 10 }).incidents).toEqual([]);
    expect(looker.look([creation], { after: 90 }).incidents).toEqual([]);
  });

  it('is looked at more often once it takes longer than usual', () => {
    const looker = new Looker();
    looker.look([creation]);
    expect(looker.isWaiting).toBe(false);
    looker.look([creation], { after: 3 });
    expect(looker.isWaiting).toBe(true);
    looker.look([]);
    expect(looker.isWaiting).toBe(false);
  });
});

describe('a replaced transaction that the node goes on listing', () => {
  it('is over when its cancellation has left the list in two looks, and gas was paid', () => {
    expect(afterCancellation([{}, {}, {}])).toEqual([['0xc'], [], []]);
  });

  it('is never reported from then on, and the node is looked at as usual', () => {
    const looker = new Looker();
    looker.look([creation]);
    looker.look([creation, cancellation]);
    for (let block = 0; block < 300; block++) {
      expect(looker.look([creation], { gas: 99 }).incidents).toEqual([]);
    }
    expect(looker.isWaiting).toBe(false);
  });

  it('is over as well when the one that was mined has a higher nonce', () => {
    const looker = new Looker();
    looker.look([creation]);
    looker.look([creation, stake]);
    looker.look([creation], { gas: 99 });
    expect(looker.look([creation], { gas: 99 }).waitedFor).toEqual([]);
  });

  it('is waited for while its cancellation is listed, and so is a cancellation without its original', () => {
    const looker = new Looker();
    looker.look([creation]);
    expect(looker.look([creation, cancellation]).waitedFor).toEqual(['0xc', '0xd']);
    expect(looker.look([cancellation]).waitedFor).toEqual(['0xd']);
  });

  it('is over for good: also when the node tells no balance any more, or cannot be read for a while', () => {
    const looker = new Looker();
    looker.look([creation]);
    looker.look([creation, cancellation]);
    looker.look([creation], { gas: 99 });
    looker.look([creation], { gas: 99 });
    expect(looker.lookInVain().waitedFor).toBeNull();
    expect(looker.look([creation], { after: 500, gas: 200 }).waitedFor).toEqual([]);
  });

  it('is over by the list alone on a node that tells no balance', () => {
    const looker = new Looker();
    for (const pending of [[creation], [creation, cancellation], [creation]])
      looker.look(pending, { gas: null });
    expect(looker.look([creation], { gas: null }).waitedFor).toEqual([]);
  });
});

describe('a transaction that could still be mined is waited for', () => {
  it.each([
    { why: 'no gas was paid', looks: [{ gas: 100 }, { gas: 100 }] },
    { why: 'the wallet has more than before', looks: [{ gas: 200 }, { gas: 200 }] },
    { why: 'the cancellation is listed again', looks: [{}, { pending: [creation, cancellation] }, {}] },
    { why: 'something else was sent meanwhile', looks: [{ pending: [creation, stake] }, {}] },
    { why: 'the looks are too far apart for a restart to be noticed', looks: [{ after: 3 }, {}, {}] },
    { why: 'the second look is', looks: [{}, { after: 3 }, {}] },
  ])('when $why', ({ looks }) => {
    expect(afterCancellation(looks).at(-1)).toContain('0xc');
  });

  it('when the node could not be read between', () => {
    const looker = new Looker();
    looker.look([creation]);
    looker.look([creation, cancellation]);
    looker.lookInVain();
    looker.look([creation], { gas: 99 });
    expect(looker.look([creation], { gas: 99 }).waitedFor).toEqual(['0xc']);
  });

  it('when another wallet answered between', () => {
    const looker = new Looker();
    looker.look([creation]);
    looker.look([creation, cancellation]);
    looker.change();
    looker.look([creation], { gas: 99 });
    expect(looker.look([creation], { gas: 99 }).waitedFor).toEqual(['0xc']);
  });

  it('when what was mined has a lower nonce', () => {
    const looker = new Looker();
    looker.look([approval, creation]);
    looker.look([creation], { gas: 99 });
    expect(looker.look([creation], { gas: 99 }).waitedFor).toEqual(['0xc']);
  });

  it('when the cancellation was there before the first look', () => {
    const looker = new Looker();
    looker.look([creation, cancellation]);
    looker.look([creation], { gas: 99 });
    expect(looker.look([creation], { gas: 99 }).waitedFor).toEqual(['0xc']);
  });
});

import { batchIdOf, callData } from './abi.ts';
import type { BatchStore } from './batch-store.ts';
import type { Chain } from './chain.ts';
import { ConnectionReset } from './connection.ts';
import type { Job } from './coroutines.ts';
import type { Faults, Stage, Target } from './faults.ts';
import type { Issuers } from './issuers.ts';
import { BUCKET_DEPTH, RECOVERED } from './issuers.ts';
import type { Random } from './random.ts';
import type { Rpc } from './rpc.ts';
import type { SendWish, Transactions } from './transactions.ts';
import { approveWish, POSTAGE, SendUnseen } from './transactions.ts';
import type { Receipt, Tx } from './tx.ts';

export type Refusal = 'funds' | 'validity' | 'depth' | 'failed';

export class Refused extends Error {
  readonly why: Refusal;
  constructor(why: Refusal) {
    super(`the operation was refused: ${why}`);
    this.why = why;
  }
}

export interface Gas {
  readonly gasPrice: bigint | undefined;
  readonly gasLimit: number | undefined;
}

export interface Purchase {
  readonly amount: bigint;
  readonly depth: number;
  readonly immutable: boolean;
  readonly label: string;
}

export interface Done {
  readonly batchId: string;
  readonly txHash: string;
}

export interface OperationsParts {
  readonly chain: Chain;
  readonly rpc: Rpc;
  readonly faults: Faults;
  readonly random: Random;
  readonly store: BatchStore;
  readonly issuers: Issuers;
  readonly transactions: Transactions;
  readonly gapBlocks: number;
}

/** Bee shifts an int64: from depth 63 on the cost overflows, and no wallet is too poor for it. */
function costAsBeeSees(amount: bigint, depth: number): bigint {
  return amount * BigInt.asIntN(64, 1n << BigInt(depth));
}

/** The three on-chain operations, each step as docs/bee.md#purchase has it. */
export class Operations {
  readonly #parts: OperationsParts;

  constructor(parts: OperationsParts) {
    this.#parts = parts;
  }

  *create(purchase: Purchase, gas: Gas, target: Target): Job<Done> {
    const { chain, random, issuers, faults, gapBlocks } = this.#parts;
    const { amount, depth, immutable, label } = purchase;
    const plur = costAsBeeSees(amount, depth);
    yield* this.#reach();
    if (this.#bzz() < plur) throw new Refused('funds');
    if (amount <= chain.contract.minimumAmount()) throw new Refused('validity');
    this.#mayFailBefore(target);
    yield* this.#expireBatches(gas, target);
    yield* this.#sendAndWait({ ...approveWish(plur), ...gas, gasLimit: undefined }, 'approve', target);
    if (gapBlocks > 0) yield { until: 'block', block: chain.tip + gapBlocks };
    const owner = chain.nodeWallet;
    const nonce = random.hex(32);
    const batchId = batchIdOf(owner, nonce);
    const data = callData(
      'createBatch(address,uint256,uint8,uint8,bytes32,bool)',
      owner,
      amount,
      BigInt(depth),
      BigInt(BUCKET_DEPTH),
      nonce,
      immutable ? 1n : 0n,
    );
    const effect = { kind: 'create', batchId, owner, amount, depth, immutable } as const;
    const wish = { to: POSTAGE, data, effect, description: 'Postage batch creation', ...gas };
    const { tx, receipt } = yield* this.#sendAndWait(wish, 'create', target);
    const kept = faults.take('labelLost', target) ? RECOVERED : label;
    issuers.add({ batchId, blockNumber: receipt.block, immutable, label: kept, amount, depth });
    this.#mayCut('mined', target);
    return { batchId, txHash: tx.hash };
  }

  /** Any batch that the node knows may be topped up, whoever owns it. */
  *topUp(batchId: string, amount: bigint, call: { gas: Gas; target: Target }): Job<Done> {
    const { store } = this.#parts;
    const { gas, target } = call;
    const batch = store.get(batchId);
    if (batch === undefined) throw new Refused('failed');
    const plur = costAsBeeSees(amount, batch.depth);
    yield* this.#reach();
    if (this.#bzz() < plur) throw new Refused('funds');
    this.#mayFailBefore(target);
    yield* this.#sendAndWait({ ...approveWish(plur), ...gas, gasLimit: undefined }, 'approve', target);
    const data = callData('topUp(bytes32,uint256)', batchId, amount);
    const effect = { kind: 'topUp', batchId, amount } as const;
    const wish = { to: POSTAGE, data, effect, description: 'Postage batch top up', ...gas };
    const { tx } = yield* this.#sendAndWait(wish, 'create', target);
    this.#mayCut('mined', target);
    return { batchId, txHash: tx.hash };
  }

  *dilute(batchId: string, depth: number, call: { gas: Gas; target: Target }): Job<Done> {
    const { store } = this.#parts;
    const { gas, target } = call;
    const batch = store.get(batchId);
    if (batch === undefined) throw new Refused('failed');
    if (depth < batch.depth) throw new Refused('depth');
    yield* this.#reach();
    this.#mayFailBefore(target);
    yield* this.#expireBatches(gas, target);
    const data = callData('increaseDepth(bytes32,uint8)', batchId, BigInt(depth));
    const effect = { kind: 'dilute', batchId, depth } as const;
    const wish = { to: POSTAGE, data, effect, description: 'Postage batch dilute', ...gas };
    const { tx } = yield* this.#sendAndWait(wish, 'create', target);
    this.#mayCut('mined', target);
    return { batchId, txHash: tx.hash };
  }

  *#expireBatches(gas: Gas, target: Target): Job<void> {
    const { chain } = this.#parts;
    while (chain.contract.expiredBatchesExist(chain.tip)) {
      const wish = {
        to: POSTAGE,
        data: callData('expireLimited(uint256)', 25n),
        effect: { kind: 'expire', limit: 25 },
        description: 'expire limited batches',
        ...gas,
      } as const;
      yield* this.#sendAndWait(wish, 'before', target);
    }
  }

  *#sendAndWait(wish: SendWish, stage: Stage, target: Target): Job<{ tx: Tx; receipt: Receipt }> {
    const { faults } = this.#parts;
    yield* this.#reach();
    const tx = this.#send(wish, stage, target);
    if (stage !== 'before') this.#mayCut(stage, target);
    if (stage !== 'before' && faults.take('error500AfterBroadcast', target, stage))
      throw new Refused('failed');
    yield { until: 'noticed', tx };
    if (!tx.receipt?.succeeded) throw new Refused('failed');
    return { tx, receipt: tx.receipt };
  }

  #send(wish: SendWish, stage: Stage, target: Target): Tx {
    try {
      return this.#parts.transactions.send(wish, stage, target);
    } catch (error) {
      if (error instanceof SendUnseen && error.reset) throw new ConnectionReset();
      throw new Refused('failed');
    }
  }

  *#reach(): Job<void> {
    if ((yield* this.#parts.rpc.reach()) === 'refused') throw new Refused('failed');
  }

  #mayFailBefore(target: Target): void {
    if (this.#parts.faults.take('error500BeforeBroadcast', target)) throw new Refused('failed');
  }

  #mayCut(stage: Stage, target: Target): void {
    if (this.#parts.faults.take('reset', target, stage)) throw new ConnectionReset();
  }

  #bzz(): bigint {
    const { chain } = this.#parts;
    return chain.balance(chain.nodeWallet).bzzPlur;
  }
}

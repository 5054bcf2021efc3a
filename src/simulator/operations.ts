import { batchIdOf, callData } from './abi.ts';
import type { BatchStore } from './batch-store.ts';
import type { Chain } from './chain.ts';
import { ConnectionReset } from './connection.ts';
import type { Coroutine } from './coroutines.ts';
import type { Faults, Stage, Target } from './faults.ts';
import { BUCKET_DEPTH, type Issuers, RECOVERED } from './issuers.ts';
import type { Random } from './random.ts';
import type { Rpc } from './rpc.ts';
import { approvalRequest, POSTAGE, SendError, type SendRequest, type Transactions } from './transactions.ts';
import type { Receipt, Tx } from './tx.ts';

/** The three on-chain operations, with the steps of docs/bee.md#purchase. */
export class Operations {
  readonly #parts: OperationsParts;

  constructor(parts: OperationsParts) {
    this.#parts = parts;
  }

  *create(purchase: Purchase, gas: Gas, target: Target): Coroutine<OperationResult> {
    const { chain, random, issuers, faults, gapBlocks } = this.#parts;
    const { amount, depth, immutable, label } = purchase;
    const plur = costInBee(amount, depth);
    yield* this.#reach();
    if (this.#bzz() < plur) throw new OperationRefused('funds');
    if (amount <= chain.contract.minimumAmount()) throw new OperationRefused('validity');
    this.#mayFailBefore(target);
    yield* this.#expireBatches(gas, target);
    yield* this.#sendAndWait({ ...approvalRequest(plur), ...gas, gasLimit: undefined }, 'approve', target);
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
    const request = { to: POSTAGE, data, effect, description: 'Postage batch creation', ...gas };
    const { tx, receipt } = yield* this.#sendAndWait(request, 'create', target);
    const kept = faults.take('labelLost', target) ? RECOVERED : label;
    issuers.add({ batchId, blockNumber: receipt.block, immutable, label: kept, amount, depth });
    this.#mayCut('mined', target);
    return { batchId, txHash: tx.hash };
  }

  /** A node can top up any batch that it knows, including those of other owners. */
  *topUp(batchId: string, amount: bigint, options: { gas: Gas; target: Target }): Coroutine<OperationResult> {
    const { store } = this.#parts;
    const { gas, target } = options;
    const batch = store.get(batchId);
    if (batch === undefined) throw new OperationRefused('failed');
    const plur = costInBee(amount, batch.depth);
    yield* this.#reach();
    if (this.#bzz() < plur) throw new OperationRefused('funds');
    this.#mayFailBefore(target);
    yield* this.#sendAndWait({ ...approvalRequest(plur), ...gas, gasLimit: undefined }, 'approve', target);
    const data = callData('topUp(bytes32,uint256)', batchId, amount);
    const effect = { kind: 'topUp', batchId, amount } as const;
    const request = { to: POSTAGE, data, effect, description: 'Postage batch top up', ...gas };
    const { tx } = yield* this.#sendAndWait(request, 'create', target);
    this.#mayCut('mined', target);
    return { batchId, txHash: tx.hash };
  }

  *dilute(batchId: string, depth: number, options: { gas: Gas; target: Target }): Coroutine<OperationResult> {
    const { store } = this.#parts;
    const { gas, target } = options;
    const batch = store.get(batchId);
    if (batch === undefined) throw new OperationRefused('failed');
    if (depth < batch.depth) throw new OperationRefused('depth');
    yield* this.#reach();
    this.#mayFailBefore(target);
    yield* this.#expireBatches(gas, target);
    const data = callData('increaseDepth(bytes32,uint8)', batchId, BigInt(depth));
    const effect = { kind: 'dilute', batchId, depth } as const;
    const request = { to: POSTAGE, data, effect, description: 'Postage batch dilute', ...gas };
    const { tx } = yield* this.#sendAndWait(request, 'create', target);
    this.#mayCut('mined', target);
    return { batchId, txHash: tx.hash };
  }

  *#expireBatches(gas: Gas, target: Target): Coroutine<void> {
    const { chain } = this.#parts;
    while (chain.contract.expiredBatchesExist(chain.tip)) {
      const request = {
        to: POSTAGE,
        data: callData('expireLimited(uint256)', 25n),
        effect: { kind: 'expire', limit: 25 },
        description: 'expire limited batches',
        ...gas,
      } as const;
      yield* this.#sendAndWait(request, 'before', target);
    }
  }

  *#sendAndWait(request: SendRequest, stage: Stage, target: Target): Coroutine<{ tx: Tx; receipt: Receipt }> {
    const { faults } = this.#parts;
    yield* this.#reach();
    const tx = this.#send(request, stage, target);
    if (stage !== 'before') this.#mayCut(stage, target);
    if (stage !== 'before' && faults.take('error500AfterBroadcast', target, stage))
      throw new OperationRefused('failed');
    yield { until: 'noticed', tx };
    if (!tx.receipt?.succeeded) throw new OperationRefused('failed');
    return { tx, receipt: tx.receipt };
  }

  #send(request: SendRequest, stage: Stage, target: Target): Tx {
    try {
      return this.#parts.transactions.send(request, stage, target);
    } catch (error) {
      if (error instanceof SendError && error.isReset) throw new ConnectionReset();
      throw new OperationRefused('failed');
    }
  }

  *#reach(): Coroutine<void> {
    if ((yield* this.#parts.rpc.reach()) === 'refused') throw new OperationRefused('failed');
  }

  #mayFailBefore(target: Target): void {
    if (this.#parts.faults.take('error500BeforeBroadcast', target)) throw new OperationRefused('failed');
  }

  #mayCut(stage: Stage, target: Target): void {
    if (this.#parts.faults.take('reset', target, stage)) throw new ConnectionReset();
  }

  #bzz(): bigint {
    const { chain } = this.#parts;
    return chain.balance(chain.nodeWallet).bzzPlur;
  }
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

export interface Purchase {
  readonly amount: bigint;
  readonly depth: number;
  readonly immutable: boolean;
  readonly label: string;
}

export interface Gas {
  readonly gasPrice: bigint | undefined;
  readonly gasLimit: number | undefined;
}

export interface OperationResult {
  readonly batchId: string;
  readonly txHash: string;
}

export class OperationRefused extends Error {
  readonly reason: RefusalReason;
  constructor(reason: RefusalReason) {
    super(`the operation was refused: ${reason}`);
    this.reason = reason;
  }
}

export type RefusalReason = 'funds' | 'validity' | 'depth' | 'failed';

/** Bee shifts an int64. From depth 63 on the cost overflows, and the check of the balance passes. */
function costInBee(amount: bigint, depth: number): bigint {
  return amount * BigInt.asIntN(64, 1n << BigInt(depth));
}

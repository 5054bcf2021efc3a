/** A transaction of the node. Ids and addresses are hex without 0x. */
export interface Tx {
  readonly hash: string;
  readonly from: string;
  readonly to: string;
  readonly nonce: number;
  readonly data: string;
  readonly effect: Effect;
  readonly description: string;
  readonly gasLimit: number;
  readonly gasPrice: bigint;
  readonly gasTipCap: bigint;
  readonly createdAtBlock: number;
  readonly forceRevert: boolean;
  receipt: Receipt | undefined;
  /** What the node knows. It polls for receipts once per block time. docs/bee.md#transactions */
  outcome: 'awaited' | 'mined' | 'cancelled';
  /** The cancellation that an operator requested, with the same nonce. */
  replacedBy: Tx | undefined;
}

/** The effect of a transaction when it is mined. */
export type Effect =
  | { readonly kind: 'approve' }
  | { readonly kind: 'expire'; readonly limit: number }
  | {
      readonly kind: 'create';
      readonly batchId: string;
      readonly owner: string;
      readonly amount: bigint;
      readonly depth: number;
      readonly immutable: boolean;
    }
  | { readonly kind: 'topUp'; readonly batchId: string; readonly amount: bigint }
  | { readonly kind: 'dilute'; readonly batchId: string; readonly depth: number }
  | { readonly kind: 'nothing' };

export interface Receipt {
  readonly block: number;
  readonly succeeded: boolean;
  readonly gasUsed: number;
}

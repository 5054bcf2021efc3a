/** What a transaction does when it is mined. Ids and addresses are hex without 0x. */
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
  /** What the node knows of it; it looks for receipts once per block time. docs/bee.md#transactions */
  outcome: 'awaited' | 'mined' | 'cancelled';
  /** Another transaction with the same nonce: the cancellation that the operator asked for. */
  replacedBy: Tx | undefined;
}

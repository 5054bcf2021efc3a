import { Params } from './params.ts';
import { type ParsedRequest, variable } from './request.ts';
import { json, problem, type SimResponse } from './response.ts';
import type { Route } from './router.ts';
import type { Rpc } from './rpc.ts';
import { RpcError, type Transactions } from './transactions.ts';
import type { Tx } from './tx.ts';

/** The routes of the node's pending transactions: docs/bee.md#transactions */
export function transactionRoutes(parts: TransactionRoutesParts): Route[] {
  const { transactions } = parts;
  const middleware = { business: true };
  const list = (): SimResponse => {
    return json(200, { pendingTransactions: transactions.pending().map((tx) => body(parts, tx)) });
  };
  const one = {
    GET: (request: ParsedRequest) => withTx(parts, request, (tx) => json(200, body(parts, tx))),
    POST: (request: ParsedRequest) => withTx(parts, request, rebroadcast),
    DELETE: (request: ParsedRequest) => withTx(parts, request, (tx) => cancel(parts, request, tx)),
  };
  return [
    { path: '/transactions', middleware, methods: { GET: list } },
    { path: '/transactions/:hash', middleware, methods: one },
  ];
}

export interface TransactionRoutesParts {
  readonly transactions: Transactions;
  readonly rpc: Rpc;
  readonly timeOfBlock: (block: number) => Date;
}

function withTx(
  { transactions }: TransactionRoutesParts,
  request: ParsedRequest,
  respond: (tx: Tx) => SimResponse,
): SimResponse {
  const tx = transactions.get(new Params().hash(variable(request, 'hash')));
  return tx ? respond(tx) : problem(404, 'unknown transaction');
}

/** Bee sends with a new fee, which changes the hash, and then refuses the new hash: docs/bee.md#transactions */
function rebroadcast(): SimResponse {
  return problem(500, "can't resend transaction");
}

function cancel({ transactions, rpc }: TransactionRoutesParts, request: ParsedRequest, tx: Tx): SimResponse {
  const header = new Params();
  const given = request.headers['gas-price'];
  const gasPrice = given === undefined ? undefined : header.bigInt(given, 'Gas-Price');
  if (header.reasons.length > 0) return problem(400, 'invalid header params', header.reasons);
  try {
    const cancellation = rpc.answers() ? transactions.cancel(tx, gasPrice) : 'refused';
    if (cancellation === 'refused') return problem(500, "can't resend transaction");
    return json(200, { transactionHash: `0x${cancellation.hash}` });
  } catch (error) {
    if (error instanceof RpcError) return problem(500, "can't resend transaction");
    throw error;
  }
}

const TIP_BOOST_PERCENT = 25;

function body({ timeOfBlock }: TransactionRoutesParts, tx: Tx): unknown {
  return {
    transactionHash: `0x${tx.hash}`,
    to: `0x${tx.to}`,
    nonce: tx.nonce,
    gasPrice: tx.gasPrice.toString(),
    gasLimit: tx.gasLimit,
    gasTipBoost: TIP_BOOST_PERCENT,
    gasTipCap: tx.gasTipCap.toString(),
    gasFeeCap: tx.gasPrice.toString(),
    data: `0x${tx.data}`,
    created: timeOfBlock(tx.createdAtBlock)
      .toISOString()
      .replace(/\.\d+Z$/, 'Z'),
    description: tx.description,
    value: '0',
  };
}

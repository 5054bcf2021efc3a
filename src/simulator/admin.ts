import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import {
  type Input,
  InvalidInput,
  parseInput,
  readChainId,
  readForeignBatch,
  readMoney,
  readNumber,
  readPlur,
  readRestart,
  readResync,
  readSettings,
  readText,
} from './admin-input.ts';
import { type FaultName, isFaultName } from './faults.ts';
import type { Simulator } from './simulator.ts';

/** The admin API: controls the simulated node and chain with JSON over HTTP, on a separate port. */
export function adminListener(simulator: Simulator): RequestListener {
  return (request, response) => void serve(simulator, request, response);
}

async function serve(
  simulator: Simulator,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [path = '/'] = (request.url ?? '/').split('?');
  try {
    const input = await inputOf(request);
    const action = find(simulator, `${request.method ?? 'GET'} ${path}`);
    if (action === undefined) return send(response, 404, { error: 'no such action', actions: ACTIONS });
    send(response, 200, action(input) ?? { ok: true });
  } catch (error) {
    send(response, 400, { error: error instanceof Error ? error.message : String(error) });
  }
}

type Action = (input: Input) => unknown;

const ACTIONS = [
  'GET /state',
  'GET /ledger',
  'GET /faults',
  'PUT /faults/{name} {times?, method?, path?, stage?, event?, batchId?, blocks?, after?, message?, body?}',
  'DELETE /faults/{name}',
  'DELETE /faults',
  'POST /mine {blocks?}',
  'POST /price {plur}',
  'POST /wallet {bzz?, xdai?}',
  'POST /chain {id}',
  'POST /restart {downBlocks?, startingBlocks?, syncingBlocks?, killed?, dirty?}',
  'POST /resync {blocks?, keepStampers?, downBlocks?, staleRequests?}',
  'POST /shutdown',
  'POST /start',
  'POST /foreign-batch {amount, depth, owner?, immutable?}',
  'POST /top-up {batchId, amount}',
  'POST /dilute {batchId, depth}',
  'POST /utilization {batchId, utilization}',
];

function find(simulator: Simulator, line: string): Action | undefined {
  const [, method, name] = /^(PUT|DELETE) \/faults\/(\w+)$/.exec(line) ?? [];
  if (name === undefined) return actions(simulator)[line];
  if (!isFaultName(name)) throw new InvalidInput(`there is no fault "${name}": see GET /faults`);
  return faultAction(simulator, name, method === 'PUT');
}

function faultAction({ faults }: Simulator, name: FaultName, on: boolean): Action {
  return (input) => {
    if (on) faults.set(name, readSettings(input));
    else faults.clear(name);
    return faults.list().find((fault) => fault.name === name);
  };
}

function actions(simulator: Simulator): Record<string, Action> {
  const { chain, node, faults } = simulator;
  return {
    'GET /state': () => stateOf(simulator),
    'GET /ledger': () => ({ ledger: chain.ledger }),
    'GET /faults': () => ({ faults: faults.list() }),
    'DELETE /faults': () => faults.clearAll(),
    'POST /mine': (input) => {
      simulator.mineBlocks(readNumber(input, 'blocks') ?? 1);
      return stateOf(simulator);
    },
    'POST /price': (input) => chain.setPrice(readPlur(input, 'plur')),
    'POST /wallet': (input) => chain.setBalance(simulator.wallet, readMoney(input)),
    'POST /chain': (input) => {
      chain.chainId = readChainId(input);
    },
    'POST /restart': (input) => node.restart(readRestart(input)),
    'POST /resync': (input) => node.resync(readResync(input)),
    'POST /shutdown': () => node.shutdown(),
    'POST /start': () => node.start(),
    'POST /foreign-batch': (input) => ({ batchId: chain.createForeignBatch(readForeignBatch(input)) }),
    'POST /top-up': (input) => chain.topUpBatch(readText(input, 'batchId'), readPlur(input, 'amount')),
    'POST /dilute': (input) => chain.diluteBatch(readText(input, 'batchId'), readNumber(input, 'depth') ?? 0),
    'POST /utilization': (input) =>
      node.setUtilization(readText(input, 'batchId'), readNumber(input, 'utilization') ?? 0),
  };
}

function stateOf({ chain, node, wallet }: Simulator): unknown {
  const { bzzPlur, xdaiWei } = chain.balance(wallet);
  return {
    tip: chain.tip,
    block: node.store.block,
    phase: node.phase,
    price: chain.price,
    wallet: { address: wallet, bzzPlur, xdaiWei },
    batches: chain.batches.size,
    mempool: [...chain.mempool].map(({ hash, nonce, description }) => ({ hash, nonce, description })),
  };
}

async function inputOf(request: IncomingMessage): Promise<Input> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  return parseInput(Buffer.concat(chunks).toString());
}

function send(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(`${JSON.stringify(value, bigintAsText, 2)}\n`);
}

function bigintAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

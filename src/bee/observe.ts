import type { z } from 'zod';
import type { Clock } from '../clock.ts';
import type {
  ChainState,
  CompleteObservation,
  Observation,
  ObservationFault,
  Wallet,
} from '../domain/observation.ts';
import type { BatchId, EthereumAddress, NodeName, Plur } from '../domain/units.ts';
import { RESPONSE_SCHEMAS } from './answers.ts';
import { describeAnswer, isBeeError, readFault } from './outcome.ts';
import { MAX_ANSWER_LENGTH, parseJson } from './parse-json.ts';
import type { ReadOptions, UnabortableReads } from './patient-reads.ts';

export interface Looking {
  readonly node: NodeName;
  readonly reads: UnabortableReads;
  readonly clock: Clock;
  /** For one whole look. */
  readonly observeTimeoutMs: number;
}

/** A look ends at the first thing that could not be read. */
class LookFailed extends Error {
  override readonly name = 'LookFailed';
  readonly code: ObservationFault;
  /** The node, or something in its place, did answer. */
  readonly answered: boolean;

  constructor(
    why: string,
    { code, answered }: { readonly code: ObservationFault; readonly answered: boolean },
  ) {
    super(why);
    this.code = code;
    this.answered = answered;
  }
}

/** Rejects only for a bug. */
export async function observe(valuesOf: readonly BatchId[], looking: Looking): Promise<Observation> {
  const { node, reads, clock, observeTimeoutMs } = looking;
  const at = clock.now();
  const over = new AbortController();
  const through: Eyes = {
    reads,
    outOfPatience: clock.sleep(observeTimeoutMs, over.signal),
    addresses: new Set(),
  };
  try {
    return { is: 'complete', node, at, ...(await readAll(valuesOf, through)) };
  } catch (error) {
    if (!(error instanceof LookFailed)) throw error;
    const { code, message: why } = error.answered ? await tellingFault(error, through) : error;
    return { is: 'incomplete', node, at, code, why, addresses: [...through.addresses] };
  } finally {
    over.abort();
  }
}

/**
 * The order is the point. The synced block comes before the list of stamps, so that a batch absent from the list
 * was absent when that block had been applied (docs/bee.md#absence). The head of the chain comes before the pending
 * transactions, so that what is no longer pending is at most a block newer than that head. The address comes first, since
 * Bee states it before anything else works, and around the list of stamps, where a balancer would show itself. The synced
 * block is read once more at the end: it must not have gone back meanwhile.
 * @throws LookFailed
 */
async function readAll(
  valuesOf: readonly BatchId[],
  through: Eyes,
): Promise<Omit<CompleteObservation, 'is' | 'node' | 'at'>> {
  const { version } = await read('/health', RESPONSE_SCHEMAS.health, through);
  await readAddress(through);
  const chain = await read('/chainstate', RESPONSE_SCHEMAS.chainState, through);
  const pending = await read('/transactions', RESPONSE_SCHEMAS.transactions, through);
  const wallet = await readWallet(through);
  const values = await readValues(valuesOf, through);
  await readAddress(through);
  const stamps = await read('/stamps', RESPONSE_SCHEMAS.stamps, through);
  const address = await readAddressThrice(through);
  assertGoesOn(chain, await read('/chainstate', RESPONSE_SCHEMAS.chainState, through));
  const pendingPostage = pending.filter(({ description }) => POSTAGE.has(description));
  return { address, version, chain, stamps, wallet, pendingPostage, values };
}

/**
 * Three requests in a row reach each of two or three nodes that take turns, however many reads came before. Two of them
 * have connections of their own: some balancers choose a node by connection, and the other reads share one.
 */
async function readAddressThrice(through: Eyes): Promise<EthereumAddress> {
  await readAddress(through);
  await readAddress(through, { ownConnection: true });
  return await readAddress(through, { ownConnection: true });
}

async function readAddress(through: Eyes, how: ReadOptions = {}): Promise<EthereumAddress> {
  const address = await read('/addresses', RESPONSE_SCHEMAS.addresses, { ...through, how });
  noteAddress(address, through);
  return address;
}

async function readWallet(through: Eyes): Promise<Wallet | null> {
  const told = await readIfTold('/wallet', { schema: RESPONSE_SCHEMAS.wallet, untold: NO_WALLET }, through);
  if (told?.address) noteAddress(told.address, through);
  return told?.balance ?? null;
}

/** @throws LookFailed when another node has answered before: what the two showed must not be mixed. */
function noteAddress(address: EthereumAddress, { addresses }: Eyes): void {
  addresses.add(address);
  if (addresses.size === 1) return;
  throw new LookFailed(`several nodes answer alternately: ${[...addresses].join(' and ')}`, {
    code: 'NODE_CHANGED',
    answered: false,
  });
}

/** A node that begins to read the chain anew lists some batches, with times to live as of an early block (docs/bee.md#restart). */
function assertGoesOn(before: ChainState, after: ChainState): void {
  if (after.block >= before.block) return;
  const why = `the synced block went back from ${before.block} to ${after.block} while the node was read`;
  throw new LookFailed(`GET /chainstate: ${why}`, { code: 'NODE_SYNCING', answered: false });
}

/** docs/bee.md#transactions */
const POSTAGE: ReadonlySet<string> = new Set([
  'Approve tokens for postage operations',
  'Postage batch creation',
  'Postage batch top up',
  'Postage batch dilute',
  'expire limited batches',
]);

/** Up to 2.8.0 the route wants both; the balance is then unknown, not zero (docs/bee.md#wallet). */
const NO_WALLET: Words = {
  status: 403,
  messages: [
    'Chequebook is disabled. This endpoint is unavailable.',
    'Swap is disabled. This endpoint is unavailable.',
  ],
};

/** The batch is gone, or the node is older than the route (docs/bee.md#versions). */
const NO_VALUE: Words = { status: 404, messages: ['batch not found', 'Not Found'] };

/** They may be as long as the transport lets through (http-transport.ts). */
const LISTS: ReadonlySet<string> = new Set(['/stamps', '/transactions']);

type Words = Parameters<typeof isBeeError>[1];

interface Eyes {
  readonly reads: UnabortableReads;
  readonly outOfPatience: Promise<void>;
  /** Every address that was stated in this observation. */
  readonly addresses: Set<EthereumAddress>;
  readonly how?: ReadOptions;
}

interface Wanted<T> {
  readonly schema: z.ZodType<T>;
  /** Answers with which Bee says that it does not tell. */
  readonly untold: Words | null;
}

async function read<T>(path: string, schema: z.ZodType<T>, through: Eyes): Promise<T> {
  const told = await readIfTold(path, { schema, untold: null }, through);
  if (told === null) throw new TypeError(`GET ${path} may not be left untold`);
  return told;
}

/** null: the node does not tell. */
async function readIfTold<T>(path: string, { schema, untold }: Wanted<T>, through: Eyes): Promise<T | null> {
  const asked = await through.reads.read(path, through.outOfPatience, through.how);
  if (asked.is === 'unanswered') {
    const code = asked.invalidAnswer ? 'NODE_NONSENSE' : 'NODE_UNREACHABLE';
    throw new LookFailed(`GET ${path}: ${asked.why}`, { code, answered: false });
  }
  const { answer } = asked;
  if (untold && isBeeError(answer, untold)) return null;
  if (answer.status !== 200) {
    const { code, why } = readFault(answer);
    throw new LookFailed(`GET ${path}: ${why}`, { code, answered: true });
  }
  const maxLength = LISTS.has(path) ? answer.body.length : MAX_ANSWER_LENGTH;
  const parsed = schema.safeParse(parseJson(answer.body, maxLength));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.length ? `${issue.path.join('.')}: ${issue.message}` : describeAnswer(answer);
  throw new LookFailed(`GET ${path}: ${where}`, { code: 'NODE_NONSENSE', answered: true });
}

async function readValues(of: readonly BatchId[], through: Eyes): Promise<ReadonlyMap<BatchId, Plur>> {
  const values = new Map<BatchId, Plur>();
  for (const batchId of of) {
    const told = await readIfTold(
      `/batches/${batchId}`,
      { schema: RESPONSE_SCHEMAS.batch, untold: NO_VALUE },
      through,
    );
    if (told === null) continue;
    if (told[0] !== batchId) {
      throw new LookFailed(`GET /batches/${batchId}: it is about ${told[0]}`, {
        code: 'NODE_NONSENSE',
        answered: true,
      });
    }
    values.set(...told);
  }
  return values;
}

/**
 * While it starts, and without a chain, Bee gives itself away on `/stamps` alone; `/chainstate` then says no more
 * than that the block number is unavailable (docs/bee.md#middleware).
 */
async function tellingFault(fault: LookFailed, through: Eyes): Promise<LookFailed> {
  if (fault.code === 'NODE_SYNCING' || fault.code === 'CHAIN_DISABLED') return fault;
  const asked = await through.reads.read('/stamps', through.outOfPatience);
  if (asked.is === 'unanswered') return fault;
  const { code, why } = readFault(asked.answer);
  return code === 'NODE_SYNCING' || code === 'CHAIN_DISABLED'
    ? new LookFailed(`GET /stamps: ${why}`, { code, answered: true })
    : fault;
}

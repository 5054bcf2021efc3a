import type { z } from 'zod';
import type { Clock } from '../clock.ts';
import type {
  ChainState,
  CompleteReading,
  ObservationFault,
  Reading,
  SeenBatch,
  Wallet,
} from '../domain/observation.ts';
import type { BatchId, EthereumAddress, NodeName } from '../domain/units.ts';
import { describeAnswer, isBeeError, readFault } from './outcome.ts';
import { MAX_ANSWER_LENGTH, parseJson } from './parse-json.ts';
import { RESPONSE_SCHEMAS } from './response-schemas.ts';
import { StampList } from './stamp-list.ts';
import { StampListReader } from './stamp-list-reader.ts';
import type { HttpAnswer } from './transport.ts';
import type { Deadline, ReadOptions, ReadResult, UnabortableReads } from './unabortable-reads.ts';

/** Reads the node, and these batches as the chain has them. Rejects only for a bug. */
export async function observe(batchIds: readonly BatchId[], parts: ObserveParts): Promise<Reading> {
  const { node, reads, clock, observeTimeoutMs, onFailure } = parts;
  const done = new AbortController();
  const snapshot: Snapshot = {
    reads,
    deadline: deadlineAfter(observeTimeoutMs, clock, done.signal),
    addresses: new Set(),
    chainId: null,
  };
  try {
    return { is: 'complete', node, ...(await readSnapshot(batchIds, snapshot)) };
  } catch (error) {
    if (!(error instanceof SnapshotError)) throw error;
    onFailure(error.path);
    const { code, message: reason } = error.isVague ? await preciseError(error, snapshot) : error;
    const { addresses, chainId } = snapshot;
    return { is: 'incomplete', node, code, reason, addresses: [...addresses], chainId };
  } finally {
    done.abort();
  }
}

/**
 * Begins anew if it is late: the process was stopped (SIGSTOP, a suspended machine), and has not read what has arrived
 * meanwhile, because timers come first.
 */
async function deadlineAfter(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
  for (;;) {
    const endMs = clock.monotonicMs() + ms;
    await clock.sleep(ms, signal);
    if (clock.monotonicMs() < endMs + MAX_LATE_MS) return;
  }
}

/** A process that runs is late by less. */
const MAX_LATE_MS = 5000;

export interface ObserveParts {
  readonly node: NodeName;
  readonly reads: UnabortableReads;
  readonly clock: Clock;
  /** For the whole observation. */
  readonly observeTimeoutMs: number;
  /** Called with the path of the read that ended the observation. */
  readonly onFailure: (path: string) => void;
}

/** The snapshot being read. */
interface Snapshot {
  readonly reads: UnabortableReads;
  readonly deadline: Deadline;
  /** Every address that an answer has stated so far. */
  readonly addresses: Set<EthereumAddress>;
  /** null until the wallet has been read. */
  chainId: number | null;
  readonly options?: ReadOptions;
}

/** Reading a snapshot ends with the first read that fails. */
class SnapshotError extends Error {
  override readonly name = 'SnapshotError';
  readonly path: string;
  readonly code: ObservationFault;
  /** The answer to `/stamps` may state more precisely what is wrong. */
  readonly isVague: boolean;

  constructor(reason: string, { path, code, isVague = false }: FailedRead) {
    super(reason);
    this.path = path;
    this.code = code;
    this.isVague = isVague;
  }
}

type FailedRead = Pick<SnapshotError, 'path' | 'code'> & Partial<Pick<SnapshotError, 'isVague'>>;

/** What the node answered to this read, or a proxy in front of it, is not what Bee sends. */
const invalidResponse = (path: string, detail: string): SnapshotError =>
  new SnapshotError(`GET ${path}: ${detail}`, { path, code: 'NODE_INVALID_RESPONSE', isVague: true });

/** What a node states of itself. No other answer is more precise. */
const PRECISE: ReadonlySet<ObservationFault> = new Set(['NODE_SYNCING', 'CHAIN_DISABLED']);

/**
 * The order of the reads matters (docs/bee.md#observation): the synced block before the list of stamps and again at the end, the
 * chain tip before the pending transactions, and the address first and around the list.
 * @throws SnapshotError
 */
async function readSnapshot(
  batchIds: readonly BatchId[],
  snapshot: Snapshot,
): Promise<Omit<CompleteReading, 'is' | 'node'>> {
  const { version } = await read('/health', RESPONSE_SCHEMAS.health, snapshot);
  await readAddress(snapshot);
  const chain = await read('/chainstate', RESPONSE_SCHEMAS.chainState, snapshot);
  const pending = await read('/transactions', RESPONSE_SCHEMAS.transactions, snapshot);
  const wallet = await readWallet(snapshot);
  const batches = await readBatches(batchIds, snapshot);
  await readAddress(snapshot);
  const stamps = await readStamps(snapshot);
  const address = await readAddressThrice(snapshot);
  assertNotResynced(chain, await read('/chainstate', RESPONSE_SCHEMAS.chainState, snapshot));
  const pendingPostage = pending.filter(({ description }) => isPostage(description));
  const { chainId } = snapshot;
  return { address, chainId, version, chain, stamps, wallet, pending, pendingPostage, batches };
}

/**
 * Three consecutive requests reach each of two or three nodes behind a round-robin balancer. Two of them use connections of
 * their own, because some balancers choose a node per connection, and the other reads share one (docs/bee.md#identity).
 */
async function readAddressThrice(snapshot: Snapshot): Promise<EthereumAddress> {
  await readAddress(snapshot);
  await readAddress(snapshot, { ownConnection: true });
  return await readAddress(snapshot, { ownConnection: true });
}

async function readAddress(snapshot: Snapshot, options: ReadOptions = {}): Promise<EthereumAddress> {
  const address = await read('/addresses', RESPONSE_SCHEMAS.addresses, { ...snapshot, options });
  recordAddress(address, snapshot);
  return address;
}

async function readWallet(snapshot: Snapshot): Promise<Wallet | null> {
  const wallet = await readOptional(
    '/wallet',
    { schema: RESPONSE_SCHEMAS.wallet, unavailableAnswers: NO_WALLET },
    snapshot,
  );
  if (wallet?.address) recordAddress(wallet.address, snapshot);
  snapshot.chainId = wallet?.chainId ?? null;
  return wallet?.balance ?? null;
}

/** @throws SnapshotError if an earlier answer stated another address: data of two nodes must not be combined. */
function recordAddress(address: EthereumAddress, { addresses }: Snapshot): void {
  addresses.add(address);
  if (addresses.size === 1) return;
  throw new SnapshotError(`several nodes answer alternately: ${[...addresses].join(' and ')}`, {
    path: '/addresses',
    code: 'NODE_CHANGED',
  });
}

/** A node that starts a resync lists some batches, with the TTL as of an early block (docs/bee.md#restart). */
function assertNotResynced(before: ChainState, after: ChainState): void {
  if (after.block >= before.block) return;
  const reason = `the synced block went back from ${before.block} to ${after.block} during the observation`;
  throw new SnapshotError(`GET /chainstate: ${reason}`, { path: '/chainstate', code: 'NODE_SYNCING' });
}

/** A cancellation has the nonce of the transaction that it cancels. Either of the two may be mined. */
const isPostage = (description: string): boolean =>
  POSTAGE_DESCRIPTIONS.has(description.replace(/ \(cancellation\)$/, ''));

/** docs/bee.md#transactions */
const POSTAGE_DESCRIPTIONS: ReadonlySet<string> = new Set([
  'Approve tokens for postage operations',
  'Postage batch creation',
  'Postage batch top up',
  'Postage batch dilute',
  'expire limited batches',
]);

type BeeErrors = Parameters<typeof isBeeError>[1];

/** Up to 2.8.0 the route needs both. The balance is then unknown, not zero (docs/bee.md#wallet). */
const NO_WALLET: BeeErrors = {
  status: 403,
  messages: [
    'Chequebook is disabled. This endpoint is unavailable.',
    'Swap is disabled. This endpoint is unavailable.',
  ],
};

/** The batch is gone, or the node is older than this route (docs/bee.md#versions). */
const NO_BATCH: BeeErrors = { status: 404, messages: ['batch not found', 'Not Found'] };

/** @throws SnapshotError */
async function read<T>(path: string, schema: z.ZodType<T>, snapshot: Snapshot): Promise<T> {
  const value = await readOptional(path, { schema, unavailableAnswers: null }, snapshot);
  if (value === null) throw new TypeError(`GET ${path} is not optional`);
  return value;
}

interface OptionalRead<T> {
  readonly schema: z.ZodType<T>;
  /** The errors by which Bee states that it does not offer this value. */
  readonly unavailableAnswers: BeeErrors | null;
}

/** null if the node does not offer the value. @throws SnapshotError */
async function readOptional<T>(
  path: string,
  { schema, unavailableAnswers }: OptionalRead<T>,
  { reads, deadline, options }: Snapshot,
): Promise<T | null> {
  const answer = answerOf(path, await reads.read(path, deadline, options));
  if (unavailableAnswers && isBeeError(answer, unavailableAnswers)) return null;
  assertSuccess(path, answer);
  const maxLength = path === '/transactions' ? answer.body.length : MAX_ANSWER_LENGTH; // only the transport bounds the list
  const parsed = schema.safeParse(parseJson(answer.body, maxLength));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const detail = issue?.path.length ? `${issue.path.join('.')}: ${issue.message}` : describeAnswer(answer);
  throw invalidResponse(path, detail);
}

/** @throws SnapshotError if there is no answer. */
function answerOf(path: string, result: ReadResult): HttpAnswer {
  if (result.is === 'answered') return result.answer;
  const code = result.invalidAnswer ? 'NODE_INVALID_RESPONSE' : 'NODE_UNREACHABLE';
  throw new SnapshotError(`GET ${path}: ${result.reason}`, { path, code });
}

/** @throws SnapshotError if the node answered with an error. */
function assertSuccess(path: string, answer: HttpAnswer): void {
  if (answer.status === 200) return;
  const { code, reason } = readFault(answer);
  throw new SnapshotError(`GET ${path}: ${reason}`, { path, code, isVague: !PRECISE.has(code) });
}

/** Part by part: the list of 100,000 stamps takes 33 MB. @throws SnapshotError */
async function readStamps({ reads, deadline }: Snapshot): Promise<StampList> {
  const path = '/stamps';
  const reader = new StampListReader();
  const answer = answerOf(path, await reads.read(path, deadline, { onText: (part) => reader.write(part) }));
  assertSuccess(path, answer);
  reader.write(answer.body); // of a transport that does not read in parts
  const list = reader.end();
  if (list instanceof StampList) return list;
  const detail = list.is === 'invalid' ? list.issue : describeAnswer({ ...answer, body: list.start });
  throw invalidResponse(path, detail);
}

async function readBatches(
  batchIds: readonly BatchId[],
  snapshot: Snapshot,
): Promise<ReadonlyMap<BatchId, SeenBatch | null>> {
  const batches = new Map<BatchId, SeenBatch | null>();
  for (const batchId of batchIds) {
    const path = `/batches/${batchId}`;
    const batch = await readOptional(
      path,
      { schema: RESPONSE_SCHEMAS.batch, unavailableAnswers: NO_BATCH },
      snapshot,
    );
    if (batch !== null && batch[0] !== batchId)
      throw invalidResponse(path, `the answer is about batch ${batch[0]}`);
    batches.set(batchId, batch?.[1] ?? null);
  }
  return batches;
}

/**
 * A node that is starting or has no chain states this on `/stamps` only. Its `/chainstate` answers no more than that the block
 * number is unavailable (docs/bee.md#middleware).
 */
async function preciseError(
  error: SnapshotError,
  { reads, deadline }: Snapshot,
): Promise<Pick<SnapshotError, 'code' | 'message'>> {
  const result = await reads.read('/stamps', deadline);
  if (result.is === 'unanswered') return error;
  const { code, reason } = readFault(result.answer);
  return PRECISE.has(code) ? { code, message: `GET /stamps: ${reason}` } : error;
}

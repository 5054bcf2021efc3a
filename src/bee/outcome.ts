import { z } from 'zod';
import type { ObservationFault } from '../domain/observation.ts';
import { type BatchId, isBatchId } from '../domain/units.ts';
import type { BuyOutcome, RefusalCode, Refused, TopUpOutcome, Unknown } from './bee.ts';
import { parseJson } from './json.ts';
import { plainText } from './outside-text.ts';
import type { HttpAnswer, SendFailed } from './send.ts';

/** Answers in Bee's own words, and what each means to a request that can meet it. */
interface Row {
  readonly status: number;
  readonly words: readonly string[];
  readonly buy?: RefusalCode;
  readonly topUp?: RefusalCode;
  readonly read?: ObservationFault;
}

/**
 * HTTP answer -> what happened to the money (docs/bee.md#outcomes). Bee gives these before it sends any transaction.
 * Whatever is not here, save a well-formed 201 to a purchase or 202 to a top-up, leaves it unknown: Bee's own 500,
 * a proxy's page, half a body, no answer.
 */
export const REFUSALS: readonly Row[] = [
  {
    status: 503, // docs/bee.md#middleware
    words: [
      'Node is syncing. This endpoint is unavailable. Try again later.',
      'syncing in progress',
      'syncing failed',
    ],
    buy: 'SYNCING',
    topUp: 'SYNCING',
    read: 'NODE_SYNCING',
  },
  {
    status: 403, // docs/bee.md#middleware
    words: ['Chain is disabled. This endpoint is unavailable.'],
    buy: 'CHAIN_DISABLED',
    topUp: 'CHAIN_DISABLED',
    read: 'CHAIN_DISABLED',
  },
  {
    status: 429, // docs/bee.md#semaphore
    words: ['simultaneous on-chain operations not supported'],
    buy: 'BUSY',
    topUp: 'BUSY',
  },
  {
    status: 405, // docs/bee.md#errors
    words: ['Method Not Allowed'],
    buy: 'BAD_REQUEST',
    topUp: 'BAD_REQUEST',
  },
  {
    status: 400, // docs/bee.md#errors
    words: ['invalid path params', 'invalid header params'],
    buy: 'BAD_REQUEST',
    topUp: 'BAD_REQUEST',
  },
  {
    status: 400, // docs/bee.md#purchase
    words: ['out of funds'],
    buy: 'OUT_OF_FUNDS',
  },
  {
    status: 400, // docs/bee.md#contract
    words: ['insufficient amount for 24h minimum validity'],
    buy: 'BAD_REQUEST',
  },
  {
    status: 402, // docs/bee.md#purchase: to a top-up the same is not 400
    words: ['out of funds'],
    topUp: 'OUT_OF_FUNDS',
  },
  {
    status: 500, // docs/bee.md#routes: the node is there, its chain RPC or its store does not answer it
    words: [
      'block number unavailable',
      'minimum validity blocks unavailable',
      'unable to acquire balance from the chain backend',
      'unable to acquire erc20 balance',
      'unable to check batch',
      'unable to estimate batch expiration',
      'unable to get batch',
      'cannot get transaction',
    ],
    read: 'NODE_UNREACHABLE',
  },
];

/** What became of a purchase. A `201` that does not tell the batch is unknown: it has been paid for. */
export function buyOutcome(answer: HttpAnswer): BuyOutcome {
  const made = answer.status === 201 ? parseMade(answer.body) : undefined;
  return made ? { is: 'bought', ...made } : notDone('buy', answer);
}

/** What became of a top-up of `batchId`. An answer about another batch is none. */
export function topUpOutcome(answer: HttpAnswer, batchId: BatchId): TopUpOutcome {
  const made = answer.status === 202 ? parseMade(answer.body) : undefined;
  return made?.batchId === batchId ? { is: 'toppedUp', txHash: made.txHash } : notDone('topUp', answer);
}

/** What became of a request for money that got no answer. */
export const failureOutcome = ({ mayHaveLeft, message }: SendFailed): Refused | Unknown =>
  mayHaveLeft
    ? { is: 'unknown', cause: `no answer: ${message}` }
    : { is: 'refused', code: 'UNREACHABLE', message: `no connection: ${message}` };

/** What an answer other than the wanted one says about the node. */
export function readFault(answer: HttpAnswer): { readonly code: ObservationFault; readonly why: string } {
  return { code: rowOf(answer)?.read ?? 'NODE_NONSENSE', why: inWords(answer) };
}

/** Whether it is Bee that says this, and not something in front of it. */
export function says(answer: HttpAnswer, { status, words }: Pick<Row, 'status' | 'words'>): boolean {
  return answer.status === status && words.some((one) => one === beeWords(answer));
}

/** "503 syncing in progress", or what else it was: "502 text/html: <html>…". Of bounded length. */
export function inWords(answer: HttpAnswer): string {
  const { status, contentType, body, location } = answer;
  const said = beeWords(answer);
  if (said !== undefined) return `${status} ${plainText(said)}`;
  if (location !== undefined) return `${status}, a redirection to ${location}`;
  const type = plainText(contentType) || 'without a content type';
  return `${status} ${type}: ${plainText(body, EXCERPT_LENGTH) || 'an empty body'}`;
}

const EXCERPT_LENGTH = 120;

function notDone(to: 'buy' | 'topUp', answer: HttpAnswer): Refused | Unknown {
  const code = rowOf(answer)?.[to];
  return code ? { is: 'refused', code, message: inWords(answer) } : { is: 'unknown', cause: inWords(answer) };
}

const rowOf = (answer: HttpAnswer): Row | undefined => REFUSALS.find((row) => says(answer, row));

const BeeError = z.object({ code: z.number(), message: z.string() });

/** Bee repeats the status in the body; a page of a proxy does not (docs/bee.md#errors). */
function beeWords(answer: HttpAnswer): string | undefined {
  const error = BeeError.safeParse(parseJson(answer.body));
  return error.success && error.data.code === answer.status ? error.data.message : undefined;
}

const Made = z.object({
  batchID: z.custom<BatchId>((value) => typeof value === 'string' && isBatchId(value)),
  txHash: z.string().regex(/^0x[0-9a-f]{64}$/),
});

function parseMade(body: string): { readonly batchId: BatchId; readonly txHash: string } | undefined {
  const made = Made.safeParse(parseJson(body));
  return made.success ? { batchId: made.data.batchID, txHash: made.data.txHash } : undefined;
}

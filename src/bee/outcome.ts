import { z } from 'zod';
import type { ObservationFault } from '../domain/observation.ts';
import type { RefusalCode } from '../domain/order.ts';
import { plainText } from '../domain/plain-text.ts';
import { type BatchId, isBatchId } from '../domain/units.ts';
import type { BuyOutcome, Refused, TopUpOutcome, Unknown } from './bee.ts';
import { parseJson } from './parse-json.ts';
import type { HttpAnswer } from './transport.ts';
import type { TransportError } from './transport-error.ts';

/**
 * HTTP answer -> what happened to the money (docs/bee.md#outcomes). Bee gives these errors to a purchase or top-up before it
 * sends a transaction, and some of them to a read. Any other answer leaves the outcome unknown (a 500 of Bee, an error page of a proxy, half a body, no answer), except a
 * well-formed 201 to a purchase and 202 to a top-up.
 */
export const BEE_ERRORS: readonly ErrorRow[] = [
  {
    status: 503, // docs/bee.md#middleware
    messages: [
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
    messages: ['Chain is disabled. This endpoint is unavailable.'],
    buy: 'CHAIN_DISABLED',
    topUp: 'CHAIN_DISABLED',
    read: 'CHAIN_DISABLED',
  },
  {
    status: 429, // docs/bee.md#semaphore
    messages: ['simultaneous on-chain operations not supported'],
    buy: 'BUSY',
    topUp: 'BUSY',
  },
  {
    status: 405, // docs/bee.md#errors
    messages: ['Method Not Allowed'],
    buy: 'BAD_REQUEST',
    topUp: 'BAD_REQUEST',
  },
  {
    status: 400, // docs/bee.md#errors
    messages: ['invalid path params', 'invalid header params'],
    buy: 'BAD_REQUEST',
    topUp: 'BAD_REQUEST',
  },
  {
    status: 400, // docs/bee.md#purchase
    messages: ['out of funds'],
    buy: 'OUT_OF_FUNDS',
  },
  {
    status: 400, // docs/bee.md#contract
    messages: ['insufficient amount for 24h minimum validity'],
    buy: 'BAD_REQUEST',
  },
  {
    status: 402, // docs/bee.md#purchase: the same error is a 400 for a purchase
    messages: ['out of funds'],
    topUp: 'OUT_OF_FUNDS',
  },
  {
    status: 500, // docs/bee.md#routes: the node runs, but its chain RPC or its store fails
    messages: [
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

/** An error of Bee, and what it means for each kind of request that can meet it. */
interface ErrorRow {
  readonly status: number;
  readonly messages: readonly string[];
  readonly buy?: RefusalCode;
  readonly topUp?: RefusalCode;
  readonly read?: ObservationFault;
}

/** The outcome of a purchase. A `201` without a valid batch id is unknown: the batch has been paid for. */
export function buyOutcome(answer: HttpAnswer): BuyOutcome {
  const receipt = answer.status === 201 ? parseReceipt(answer.body) : undefined;
  return receipt ? { is: 'bought', ...receipt } : refusedOrUnknown('buy', answer);
}

/** The outcome of a top-up. A `202` that names another batch leaves it unknown. */
export function topUpOutcome(answer: HttpAnswer, batchId: BatchId): TopUpOutcome {
  const receipt = answer.status === 202 ? parseReceipt(answer.body) : undefined;
  return receipt?.batchId === batchId
    ? { is: 'toppedUp', txHash: receipt.txHash }
    : refusedOrUnknown('topUp', answer);
}

/** The outcome of a purchase or top-up without an answer. */
export const failureOutcome = ({ mayHaveBeenSent, message }: TransportError): Refused | Unknown =>
  mayHaveBeenSent
    ? { is: 'unknown', cause: `no answer: ${message}` }
    : { is: 'refused', code: 'UNREACHABLE', message: `no connection: ${message}` };

/** What is wrong with a node that answered a read with anything but the expected answer. */
export function readFault(answer: HttpAnswer): { readonly code: ObservationFault; readonly reason: string } {
  return { code: rowOf(answer)?.read ?? 'NODE_INVALID_RESPONSE', reason: describeAnswer(answer) };
}

/** Whether Bee itself answered with one of these errors, and not a proxy in front of it. */
export function isBeeError(
  answer: HttpAnswer,
  { status, messages }: Pick<ErrorRow, 'status' | 'messages'>,
): boolean {
  return answer.status === status && messages.some((message) => message === beeMessage(answer));
}

/** Of bounded length: "503 syncing in progress" for an error of Bee, else "502 text/html: <html>…". */
export function describeAnswer(answer: HttpAnswer): string {
  const { status, contentType, body, location } = answer;
  const message = beeMessage(answer);
  if (message !== undefined) return `${status} ${plainText(message)}`;
  if (location !== undefined) return `${status}, a redirect to ${location}`;
  const type = plainText(contentType) || 'without a content type';
  return `${status} ${type}: ${plainText(body, MAX_EXCERPT_LENGTH) || 'an empty body'}`;
}

const MAX_EXCERPT_LENGTH = 120;

function refusedOrUnknown(to: 'buy' | 'topUp', answer: HttpAnswer): Refused | Unknown {
  const code = rowOf(answer)?.[to];
  return code
    ? { is: 'refused', code, message: describeAnswer(answer) }
    : { is: 'unknown', cause: describeAnswer(answer) };
}

const rowOf = (answer: HttpAnswer): ErrorRow | undefined => BEE_ERRORS.find((row) => isBeeError(answer, row));

const BeeError = z.object({ code: z.number(), message: z.string() });

/** Bee repeats the status as `code` in the body. The error page of a proxy does not (docs/bee.md#errors). */
function beeMessage(answer: HttpAnswer): string | undefined {
  const error = BeeError.safeParse(parseJson(answer.body));
  return error.success && error.data.code === answer.status ? error.data.message : undefined;
}

const Receipt = z.object({
  batchID: z.custom<BatchId>((value) => typeof value === 'string' && isBatchId(value)),
  txHash: z.string().regex(/^0x[0-9a-f]{64}$/),
});

function parseReceipt(body: string): { readonly batchId: BatchId; readonly txHash: string } | undefined {
  const receipt = Receipt.safeParse(parseJson(body));
  return receipt.success ? { batchId: receipt.data.batchID, txHash: receipt.data.txHash } : undefined;
}

import type { Clock } from '../clock.ts';
import { messageOf } from '../domain/message-of.ts';
import { plainText } from '../domain/plain-text.ts';
import type { Attempt, Delivery } from '../domain/webhook-delivery.ts';
import { signedHeaders } from './sign.ts';

/** The program of the operator that receives the webhooks. */
export interface Receiver {
  /** Sends it once. Never rejects. Aborting `stopping` closes the connection. */
  send(delivery: Pick<Delivery, 'id' | 'body'>, stopping: AbortSignal): Promise<Attempt>;
}

/** One HTTP request. Resolves to the status when the headers have arrived. @throws if no answer arrived. */
export type Post = (request: PostRequest, signal: AbortSignal) => Promise<number>;

interface PostRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Each attempt is signed anew. An answer 2xx within ten seconds accepts the webhook. */
export const createReceiver = ({ post, secret, clock }: ReceiverParts): Receiver => ({
  send: async ({ id, body }, stopping) => {
    const ended = new AbortController();
    const signal = AbortSignal.any([stopping, ended.signal]);
    const headers = signedHeaders({ id, at: clock.now(), body }, secret);
    try {
      return await Promise.race([
        post({ headers, body }, signal).then(attemptOf, failedWith),
        clock.sleep(TIMEOUT_MS, signal).then(() => failed(`no answer within ${TIMEOUT_MS / 1000} s`)),
      ]);
    } finally {
      ended.abort();
    }
  },
});

interface ReceiverParts {
  readonly post: Post;
  /** whsec_ and Base64. */
  readonly secret: string;
  readonly clock: Clock;
}

const TIMEOUT_MS = 10_000;

const failed = (error: string): Attempt => ({ is: 'failed', error });

function attemptOf(status: number): Attempt {
  if (status >= 200 && status < 300) return { is: 'accepted' };
  const hint = status >= 300 && status < 400 ? '; a redirect is not followed' : '';
  return failed(`the receiver answered ${status}${hint}`);
}

const failedWith = (error: unknown): Attempt => failed(plainText(messageOf(error)));

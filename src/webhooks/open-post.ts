import type { Agent } from 'undici';
import { loadUndici } from '../load-undici.ts';
import type { Post } from './receiver.ts';

export interface OpenedPost extends AsyncDisposable {
  readonly post: Post;
}

/**
 * POST to one URL. A redirect is not followed, and the body of the answer is not read. A user and password in the URL are
 * sent as basic authentication. Closing it aborts the requests that are still open.
 */
export function openPost(address: string): OpenedPost {
  const { url, authorization } = parse(address);
  let agent: Agent | undefined;
  return {
    post: async ({ headers, body }, signal) => {
      const undici = await loadUndici();
      agent ??= new undici.Agent({ connect: CONNECT });
      const answer = await undici.request(url, {
        dispatcher: agent,
        method: 'POST',
        headers: { ...headers, ...authorization },
        body,
        signal,
        reset: true, // a kept connection may be closed by the receiver just when the next event is sent
      });
      answer.body.on('error', () => {}); // it is not read, and the caller aborts it
      return answer.statusCode;
    },
    [Symbol.asyncDispose]: async () => await agent?.destroy(),
  };
}

/** The certificate is verified also if NODE_TLS_REJECT_UNAUTHORIZED says otherwise. */
const CONNECT = { timeout: 10_000, rejectUnauthorized: true };

function parse(address: string) {
  const url = new URL(address);
  const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  url.username = '';
  url.password = '';
  const authorization =
    user === ':' ? {} : { authorization: `Basic ${Buffer.from(user).toString('base64')}` };
  return { url, authorization };
}

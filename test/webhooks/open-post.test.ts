import type { RequestListener } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { type OpenedPost, openPost } from '../../src/webhooks/open-post.ts';
import { serveHttp } from '../bee/servers.ts';

let stack = new AsyncDisposableStack();

afterEach(async () => {
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
});

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

/** A receiver on a real socket. */
async function receiving(
  answer: RequestListener,
): Promise<{ readonly address: string; readonly seen: Seen[] }> {
  const seen: Seen[] = [];
  const onRequest: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url, headers } = request;
      seen.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      answer(request, response);
    });
  };
  return { address: `127.0.0.1:${stack.use(await serveHttp(onRequest)).port}`, seen };
}

const request = { headers: { 'content-type': 'application/json', 'webhook-id': '1' }, body: '{"a":"ä"}' };

const open = (url: string): OpenedPost => stack.use(openPost(url));

test('posts the body with its headers to the very URL, with user and password as basic authentication', async () => {
  const { address, seen } = await receiving((_request, response) => response.writeHead(200).end('ok'));
  const { post } = open(`http://me:p%40ss@${address}/hook/?token=1`);
  expect(await post(request, new AbortController().signal)).toBe(200);
  expect(seen).toMatchObject([
    {
      method: 'POST',
      url: '/hook/?token=1',
      body: request.body,
      headers: {
        ...request.headers,
        authorization: `Basic ${Buffer.from('me:p@ss').toString('base64')}`,
        connection: 'close',
      },
    },
  ]);
});

test('does not follow a redirect', async () => {
  const target = await receiving((_request, response) => response.writeHead(200).end());
  const { address } = await receiving((_request, response) =>
    response.writeHead(307, { location: `http://${target.address}/` }).end(),
  );
  expect(await open(`http://${address}/`).post(request, new AbortController().signal)).toBe(307);
  expect(target.seen).toEqual([]);
});

test('does not wait for the body of the answer, and closes the connection when aborted', async () => {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const { address } = await receiving((incoming, response) => {
    incoming.socket.on('close', () => resolve());
    response.writeHead(202).write('the rest never comes');
  });
  const aborting = new AbortController();
  expect(await open(`http://${address}/`).post(request, aborting.signal)).toBe(202);
  aborting.abort();
  await closed;
});

test('rejects if no answer comes before it is aborted, and if no program listens', async () => {
  const aborting = new AbortController();
  const { address } = await receiving(() => aborting.abort());
  await expect(open(`http://${address}/`).post(request, aborting.signal)).rejects.toThrow(/abort/i);
  await expect(open('http://127.0.0.1:1/').post(request, new AbortController().signal)).rejects.toThrow(
    /ECONNREFUSED/,
  );
});

import { createServer, request as httpRequest } from 'node:http';
import { connect, createServer as createSocketServer } from 'node:net';
import { type Listening, listen } from './servers.ts';

/** Which of the nodes, counted from 0, gets the nth request or connection. */
export type Choose = (n: number) => number;

/** One after the other, in this pattern: [0, 0, 1] sends every third one to the second node. */
export const inTurn =
  (pattern: readonly number[], offset = 0): Choose =>
  (n) =>
    pattern[(n + offset) % pattern.length] ?? 0;

/** A proxy in front of several nodes that chooses one for each request, as most HTTP balancers do. */
export async function balanceRequests(urls: readonly string[], choose: Choose): Promise<Listening> {
  let count = 0;
  const server = createServer(({ method, url, headers }, response) => {
    const to = new URL(url ?? '/', urls[choose(count++)]);
    const forwarded = httpRequest(to, { method, headers: { ...headers, host: to.host } }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    forwarded.once('error', () => response.destroy());
    forwarded.end();
  });
  return await listen(server);
}

/** One that chooses a node for each connection, whatever is sent over it. */
export async function balanceConnections(urls: readonly string[], choose: Choose): Promise<Listening> {
  let count = 0;
  const server = createSocketServer((client) => {
    const { hostname, port } = new URL(urls[choose(count++)] ?? '');
    const node = connect(Number(port), hostname);
    for (const [one, other] of [
      [client, node],
      [node, client],
    ] as const) {
      one.once('error', () => other.destroy());
      one.once('close', () => other.destroy());
      one.pipe(other);
    }
  });
  return await listen(server);
}

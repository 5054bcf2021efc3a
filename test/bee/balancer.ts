import { createServer, request as httpRequest } from 'node:http';
import { connect, createServer as createSocketServer } from 'node:net';
import { type Listening, listen } from './servers.ts';

/** The index of the node that gets the nth request or connection. */
export type Choose = (n: number) => number;

/** Round robin in this pattern: [0, 0, 1] sends every third request to the second node. */
export const inTurn =
  (pattern: readonly number[], offset = 0): Choose =>
  (n) =>
    pattern[(n + offset) % pattern.length] ?? 0;

/** A reverse proxy that chooses a node per request, as most HTTP load balancers do. */
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

/** A TCP load balancer: it chooses a node per connection. */
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

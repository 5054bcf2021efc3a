// Prints the levels of the reserve at once and after every change: node examples/subscribe.mjs [http://127.0.0.1:8000]
// STAMP_POOL_URL is the service, and STAMP_POOL_TOKEN the token, if it needs one.
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws'; // Node 22 and later have a global WebSocket

const [, , url = process.env.STAMP_POOL_URL ?? 'http://127.0.0.1:8000'] = process.argv;
const token = process.env.STAMP_POOL_TOKEN;
const client = createClient({
  url: `${url.replace('http', 'ws')}/graphql`,
  webSocketImpl: WebSocket,
  connectionParams: { authorization: token && `Bearer ${token}` },
  retryAttempts: Number.POSITIVE_INFINITY,
  shouldRetry: () => true, // a refused connection too: the service may be restarting
  on: { error: ({ message }) => console.error(message ?? 'The connection failed.') },
});

const query = '{ reserveLevels { at totalAvailable depths { depth target available onOrder } } }';
for await (const { data, errors } of client.iterate({ query: `subscription ${query}` })) {
  if (errors) throw new Error(errors[0].message);
  const { at, depths } = data.reserveLevels;
  const levels = depths.map(
    ({ depth, target, available, onOrder }) =>
      `depth ${depth}: ${available} of ${target}, ${onOrder} on order`,
  );
  console.log(`${at} ${levels.join('; ')}`);
}

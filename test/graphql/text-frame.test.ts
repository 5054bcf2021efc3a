import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { textFrame } from '../../src/graphql/text-frame.ts';

test('a client reads each frame as one message, between those that ws sends', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  onTestFinished(() => server.close());
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('no port');
  const texts = [0, 1, 125, 126, 65_535, 65_536, 100_000].map(
    (bytes) => 'ä'.repeat(bytes / 2) + 'a'.repeat(bytes % 2),
  );
  server.on('connection', (socket, { socket: connection }) => {
    for (const text of texts) {
      connection.write(textFrame(text));
      socket.send(text);
      socket.ping();
    }
  });
  const client = new WebSocket(`ws://127.0.0.1:${address.port}`);
  onTestFinished(() => client.terminate());
  const received: string[] = [];
  await new Promise<void>((done) => {
    client.on('message', (data: Buffer, isBinary) => {
      expect(isBinary).toBe(false);
      if (received.push(data.toString()) === 2 * texts.length) done();
    });
  });
  expect(received).toEqual(texts.flatMap((text) => [text, text]));
});

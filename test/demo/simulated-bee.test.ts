import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { serveBee } from '../../src/demo/simulated-bee.ts';
import type { RunningSimulator } from '../../src/simulator/serve.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { deadPort } from '../dead-port.ts';

async function served(port: number): Promise<RunningSimulator & AsyncDisposable> {
  const serving = await serveBee(createSimulator(), { ports: { port, adminPort: 0 }, blockTimeMs: 1000 });
  return { ...serving, [Symbol.asyncDispose]: () => serving.close() };
}

test('the simulated node of the demo listens on its own port, or on a free one while that is in use', async () => {
  const port = await deadPort();
  const other = createServer().listen(port, '127.0.0.1');
  await once(other, 'listening');
  {
    await using bee = await served(port);
    expect(new URL(bee.url).port).not.toBe(String(port));
    expect((await fetch(`${bee.url}/health`)).status).toBe(200);
  }
  await new Promise((resolve) => other.close(resolve));
  await using bee = await served(port);
  expect(bee.url).toBe(`http://127.0.0.1:${port}`);
});

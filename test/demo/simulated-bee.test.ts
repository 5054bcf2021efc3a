import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { serveBee } from '../../src/demo/simulated-bee.ts';
import type { RunningSimulator } from '../../src/simulator/serve.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';

async function served(port: number): Promise<RunningSimulator & AsyncDisposable> {
  const serving = await serveBee(createSimulator(), { ports: { port, adminPort: 0 }, blockTimeMs: 1000 });
  return { ...serving, [Symbol.asyncDispose]: () => serving.close() };
}

test('the simulated node of the demo listens on its own port, or on a free one while that is in use', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  {
    await using bee = await served(port);
    expect(new URL(bee.url).port).not.toBe(String(port));
    expect((await fetch(`${bee.url}/health`)).status).toBe(200);
  }
  await new Promise((resolve) => other.close(resolve));
  await using bee = await served(port);
  expect(bee.url).toBe(`http://127.0.0.1:${port}`);
});

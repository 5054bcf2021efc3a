import { expect, it } from 'vitest';
import { z } from 'zod';
import { runWith } from '../cli/run-cli.ts';
import { startTestApp } from '../harness.ts';

const statusSchema = z.object({ errors: z.array(z.string()) });

it('an incident of one of several nodes names it: in REST, in the command line, and for each node', async () => {
  await using app = await startTestApp({
    onSecondNode: {},
    env: { STAMP_POOL_RESERVE: '17:4', STAMP_POOL_WALLET_FLOOR_BZZ: '1000' },
    blockMs: 100,
  });
  const TEXT = 'The node’s wallet has too little BZZ.';
  const reported = async (): Promise<readonly string[]> => {
    const { errors } = statusSchema.parse(await (await fetch(`${app.url}/api/v1/pool/status`)).json());
    return errors.flatMap((error) => (error.includes(TEXT) ? [error.slice(0, error.indexOf(TEXT))] : []));
  };
  await expect.poll(async () => (await reported()).length).toBe(2);
  expect((await reported()).toSorted()).toEqual(['bee: ', 'second: ']);
  const check = await fetch(`${app.url}/api/v1/pool/check`, { method: 'POST' });
  expect(statusSchema.parse(await check.json()).errors.toSorted()).toEqual([
    expect.stringMatching(/^bee: WALLET_BZZ: /),
    expect.stringMatching(/^second: WALLET_BZZ: /),
  ]);
  const { out } = await runWith({ STAMP_POOL_URL: app.url }, ['status']);
  for (const name of ['bee', 'second']) expect(out).toContain(`WALLET_BZZ  ${name}: ${TEXT}`);
});

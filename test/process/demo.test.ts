import { exec } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { bundledScript } from './bundled-script.ts';
import { ROOT, spawned } from './spawned.ts';

/** Sends the request of a curl command. Returns its answer, or its first event. */
async function send(command: string): Promise<string> {
  const [, url = ''] = /(http:\S+)/.exec(command) ?? [];
  const headers = [...command.matchAll(/-H '([^:']+): ([^']+)'/g)].map(([, name = '', value = '']) => [
    name,
    value,
  ]);
  const [, body = ''] = /-d '([^']+)'/.exec(command) ?? [];
  const response = await fetch(url, { method: 'POST', headers: Object.fromEntries(headers), body });
  let received = '';
  for await (const chunk of response.body ?? []) {
    received += Buffer.from(chunk).toString();
    if (/\{.*\}\s/.test(received)) break;
  }
  return received;
}

test('the demo fills its reserve, and prints commands that work', async () => {
  await using demo = spawned({
    command: [process.execPath, bundledScript('demo')],
    env: {
      PORT: '0',
      SWARM_BLOCK_TIME_SECONDS: '0.1',
      // what is acquired is not bought again before its level is read
      STAMP_POOL_IMMEDIATE_REPLENISH: 'false',
      STAMP_POOL_CHECK_INTERVAL_SECONDS: '3600',
    },
    dotEnv: 'DATABASE_URL=file:the-real-pools.db',
  });
  await demo.outputMatch(/depth 17: 0 of 2, depth 20: 0 of 1 · /);
  await demo.outputMatch(/The reserve is full/);
  const [acquire = '', status = '', events = '', ...more] = demo.output().out.match(/^ {4}curl .*/gm) ?? [];
  expect(more).toEqual([]);
  expect(await send(acquire)).toContain('"success":true');
  expect(await send(status)).toContain('{"depth":17,"target":2,"available":1,');
  expect(await send(events)).toContain('"totalAvailable":2');
  const [, example = ''] = /^ {4}node (examples.*)/m.exec(demo.output().out) ?? [];
  const { stdout } = await promisify(exec)(`"${process.execPath}" ${example}`, { cwd: ROOT });
  expect(stdout).toContain('upload: 201');
  const files = readdirSync(demo.directory);
  expect(files, 'the database of the environment').toContain('pool.db');
  expect(files, 'not the database of .env').not.toContain('the-real-pools.db');
  demo.child.kill('SIGINT');
  expect([await demo.ended, demo.output().err]).toEqual([0, '']);
});

test('the help of the demo has the defaults of the demo, and not the settings of the service', async () => {
  await using demo = spawned({ command: [process.execPath, bundledScript('demo'), '--help'] });
  expect(await demo.ended).toBe(0);
  const { out } = demo.output();
  expect(out).toMatch(/^ {2}STAMP_POOL_RESERVE +17:2,20:1$/m);
  expect(out).toContain('.env is not read');
  expect(out).not.toContain('SWARM_BEE_API_CA_FILE');
});

import { connect } from 'node:net';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { invalidToken } from '../../src/domain/access-error.ts';
import { serveSockets } from '../bee/servers.ts';
import { startTestApp, type TestApp } from '../harness.ts';
import { bundledCommand, spawned } from '../process/spawned.ts';
import { restServer } from '../rest/rest-server.ts';
import { runWith } from './run-cli.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ env: { STAMP_POOL_RESERVE: '17:2' }, onNode: { 17: 2 } });
  await app.full();
});
afterAll(() => app[Symbol.asyncDispose]());

/** A proxy whose connections can be cut. */
async function proxy() {
  const port = Number(new URL(app.url).port);
  const serving = await serveSockets((client) => {
    const upstream = connect(port, '127.0.0.1');
    upstream.on('error', () => client.destroy());
    client.on('close', () => upstream.destroy());
    client.pipe(upstream).pipe(client);
  });
  return { ...serving, url: `http://127.0.0.1:${serving.port}` };
}

/** Collects lines, and waits for the first that matches, of those from a number on. */
function lines() {
  const seen: string[] = [];
  let wake = (): void => {};
  return {
    seen,
    add: (line: string) => {
      seen.push(line);
      wake();
    },
    match: async (pattern: RegExp, from = 0): Promise<string> => {
      for (;;) {
        const found = seen.slice(from).find((line) => pattern.test(line));
        if (found !== undefined) return found;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

test('prints a line per change, reports a lost connection and reconnects, and ends with 0', async () => {
  await using front = await proxy();
  const [out, err] = [lines(), lines()];
  const interrupted = new AbortController();
  const ended = runWith({ STAMP_POOL_URL: front.url }, ['watch', '--json'], {
    out: out.add,
    err: err.add,
    untilInterrupted: () => interrupted.signal,
  });
  expect(JSON.parse(await out.match(/"available":2/))).toMatchObject({ totalAvailable: 2 });
  expect(await runWith({ STAMP_POOL_URL: app.url }, ['acquire'])).toMatchObject({ exit: 0 });
  await out.match(/"available":1/);
  const before = out.seen.length;
  for (const socket of front.sockets) socket.destroy();
  await err.match(/Z {2}not connected \(.*\); reconnecting$/);
  await out.match(/"totalAvailable"/, before);
  interrupted.abort();
  expect(await ended).toMatchObject({ exit: 0 });
});

test('redraws a terminal in place, cuts lines to its width, and says when it is not connected', async () => {
  await using front = await proxy();
  const drawn = lines();
  const interrupted = new AbortController();
  const ended = runWith({ STAMP_POOL_URL: front.url }, ['watch'], {
    screen: { size: () => ({ columns: 60, rows: 24 }), write: drawn.add },
    untilInterrupted: () => interrupted.signal,
  });
  const levels = await drawn.match(/small/);
  expect(levels.startsWith('\u001b[1A\r\u001b[2KStamp pool at ')).toBe(true);
  expect(levels).toContain('live, changed 0 s ago');
  for (const socket of front.sockets) socket.destroy();
  const lost = await drawn.match(/not connected since/);
  expect(lost.startsWith('\u001b[6A\r')).toBe(true);
  expect(lost.split('\n').every((line) => stripVTControlCharacters(line).length <= 60)).toBe(true);
  interrupted.abort();
  expect(await ended).toMatchObject({ exit: 0 });
});

test('exits with 1 if the service refuses the token, and says what to do', async () => {
  await using service = await restServer({
    authenticate: async () => async () => {
      throw invalidToken('This token was revoked.');
    },
  });
  for (const command of ['watch', 'status', 'doctor']) {
    const { exit, out, err } = await runWith({ STAMP_POOL_URL: service.url, STAMP_POOL_TOKEN: 'sp_x' }, [
      command,
    ]);
    expect([command, exit]).toEqual([command, 1]);
    expect(out + err).toMatch(/This token was revoked\.\n.*STAMP_POOL_TOKEN/);
  }
});

test('exits with 4 if there is no service, and with 0 on Ctrl-C', async () => {
  const { exit, err } = await runWith({ STAMP_POOL_URL: app.beeUrl }, ['watch']);
  expect([exit, err]).toEqual([4, expect.stringMatching(/gives no WebSocket: .*404/)]);
  await using command = spawned({ command: bundledCommand('watch', '--url', app.url) });
  await command.outputMatch(/Z {2}depth 17: \d of 2, \d on order/);
  command.child.kill('SIGINT');
  expect([await command.ended, command.output().err]).toEqual([0, '']);
});

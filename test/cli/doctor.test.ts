import { mkdtempSync, rmSync } from 'node:fs';
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { examineReadiness } from '../../src/cli/doctor/examine-readiness.ts';
import { examineEvents, examineWebSocket } from '../../src/cli/doctor/examine-streams.ts';
import { ConfigError } from '../../src/config/config-error.ts';
import { nodeName, parseEthereumAddress } from '../../src/domain/units.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { serveHttp } from '../bee/servers.ts';
import { aStamp, NODE, OTHER_ADDRESS, T0 } from '../builders.ts';
import { deadPort } from '../dead-port.ts';
import { startTestApp, type TestApp } from '../harness.ts';
import { runWith } from './run-cli.ts';

let app: TestApp;
let directory: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'stamp-pool-doctor-'));
  app = await startTestApp({ env: { STAMP_POOL_RESERVE: '17:2,20:1' }, onNode: { 17: 2, 20: 1 } });
  await app.full();
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});
afterEach(() => app.simulator.faults.clearAll());

const reportSchema = z.object({
  findings: z.array(
    z.object({
      area: z.string(),
      severity: z.string(),
      code: z.string(),
      message: z.string(),
      suggestion: z.string().nullable(),
    }),
  ),
});

/** What is wrong, and the exit code. */
async function diagnose(settings: Readonly<Record<string, string>> = {}) {
  const { exit, out } = await runWith({ STAMP_POOL_URL: app.url, ...settings }, ['doctor', '--json']);
  const { findings } = reportSchema.parse(JSON.parse(out));
  const wrong = findings.filter(({ severity }) => severity === 'error' || severity === 'warning');
  expect(wrong.every(({ suggestion }) => suggestion !== null && suggestion.length > 10)).toBe(true);
  return { exit, findings, errors: wrong.filter(({ severity }) => severity === 'error') };
}

const codes = (findings: readonly { readonly code: string }[]): readonly string[] =>
  findings.map(({ code }) => code);

test('finds nothing wrong with a healthy pool, and exits with 0', async () => {
  const { exit, out, err } = await runWith({ STAMP_POOL_URL: app.url }, ['doctor']);
  expect([exit, err]).toEqual([0, '']);
  expect(out).toMatch(/^settings +info +NO_SETTINGS/);
  expect(out).toMatch(/^bee +ok +bee answers as 0x[0-9a-f]{40}, at block \d+, \d+ behind/m);
  expect(out).toMatch(/A full reserve costs [\d.]+ BZZ: 2 of depth 17 at [\d.]+ BZZ, 1 of depth 20 at/);
  expect(out).toMatch(/The wallet of bee has [\d.]+ BZZ and [\d.]+ xDAI\./);
  expect(out).toMatch(/^proxies +ok +Server-sent events arrive at once\.\n.*A WebSocket opens/m);
  expect(out).toMatch(/\n\nNothing is wrong\.\n$/);
});

describe('names with a remedy, and exits with 1', () => {
  test('a wallet that is empty, although every target is met', async () => {
    const before = { ...app.simulator.chain.balance(app.simulator.wallet) };
    app.simulator.chain.setBalance(app.simulator.wallet, { bzzPlur: 0n, xdaiWei: 0n });
    const { exit, errors } = await diagnose();
    app.simulator.chain.setBalance(app.simulator.wallet, before);
    expect([exit, codes(errors)]).toEqual([1, ['WALLET_XDAI', 'WALLET_BZZ']]);
    expect(errors[1]?.message).toMatch(/has 0 BZZ and 0 xDAI\. A stamp of depth 20 costs [\d.]+ BZZ\./);
  });

  test('a Bee that is stopped', async () => {
    app.simulator.faults.set('down', {});
    const { exit, errors } = await diagnose();
    expect([exit, codes(errors)]).toEqual([1, ['NODE_UNREACHABLE']]);
  });

  test('a Bee that lags', async () => {
    app.simulator.faults.set('blockLag', { blocks: 100 });
    app.simulator.mineBlocks(100);
    const { exit, errors } = await diagnose();
    expect([exit, codes(errors)]).toEqual([1, ['NODE_BEHIND']]);
    expect(errors[0]?.message).toMatch(/bee: the node is \d{2,3} blocks behind/);
  });

  test('another node behind the URL', async () => {
    const own = parseEthereumAddress(`0x${app.simulator.wallet}`);
    await app.store.write(
      [{ change: 'nodeMoved', node: NODE, address: OTHER_ADDRESS, observedAt: null }],
      T0,
    );
    const { exit, errors } = await diagnose();
    await app.store.write([{ change: 'nodeMoved', node: NODE, address: own, observedAt: null }], T0);
    expect([exit, codes(errors)]).toEqual([1, ['NODE_CHANGED']]);
    expect(errors[0]?.message).toContain(`bee: ${own} answers, and the stock belongs to ${OTHER_ADDRESS}.`);
  });

  test.each([
    ['a URL of Bee at which no program listens', async () => await deadPort(), 'NODE_UNREACHABLE'],
    ['a URL of Bee that is the service', async () => new URL(app.url).port, 'NODE_INVALID_RESPONSE'],
  ])('%s, in the settings that are here', async (_what, port, code) => {
    const { exit, errors } = await diagnose({
      STAMP_POOL_ENABLED: 'true',
      SWARM_BEE_API_URL: `http://127.0.0.1:${await port()}`,
      DATABASE_URL: `file:${join(directory, 'none.db')}`,
    });
    expect([exit, codes(errors)]).toEqual([1, [code]]);
  });

  test('settings with mistakes, each of them', async () => {
    const { exit, errors } = await diagnose({ STAMP_POOL_RESERVE: '17:x', STAMP_POOL_ADOPT: 'all' });
    expect([exit, codes(errors)]).toEqual([1, ['SETTING_INVALID', 'SETTING_INVALID']]);
  });

  test('a setting with an unknown name, with one mark at the end of each message', async () => {
    const { findings } = await diagnose({
      DATABASE_URL: `file:${join(directory, 'none.db')}`,
      STAMP_POOL_ADOP: 'all',
      STAMP_POOL_PURPLE_ELEPHANTS: '3',
    });
    const warnings = findings.filter(({ code }) => code === 'SETTING_WARNING');
    expect(warnings.map(({ message }) => message)).toEqual([
      'STAMP_POOL_ADOP is not a setting, and is ignored: did you mean STAMP_POOL_ADOPT?',
      'STAMP_POOL_PURPLE_ELEPHANTS is not a setting, and is ignored.',
    ]);
  });

  test('a node with stock that the settings do not name', async () => {
    const file = join(directory, 'unnamed.db');
    {
      await using store = await openSqliteStore({ file });
      const stamp = aStamp({ node: nodeName('gone'), ttlHours: 24 * 365 * 50 });
      await store.write([{ change: 'stampAdded', stamp }], T0);
    }
    const { errors } = await diagnose({
      DATABASE_URL: `file:${file}`,
      STAMP_POOL_ENABLED: 'true',
      SWARM_BEE_API_URL: app.beeUrl,
    });
    expect(errors).toMatchObject([
      { code: 'NODE_NOT_NAMED', suggestion: expect.stringMatching(/node retire gone$/) },
    ]);
  });

  test('another node than the one in the database that is here, and limits below the cost of a target', async () => {
    const file = join(directory, 'pool.db');
    {
      await using store = await openSqliteStore({ file });
      await store.write([{ change: 'nodePinned', node: NODE, address: OTHER_ADDRESS, chainId: null }], T0);
    }
    const settings = {
      STAMP_POOL_ENABLED: 'true',
      SWARM_BEE_API_URL: app.beeUrl,
      SWARM_BEE_PUBLIC_URL: 'https://bee.example',
      SWARM_BLOCK_TIME_SECONDS: '0.02',
      STAMP_POOL_MAX_ORDER_BZZ: '0.0001',
      STAMP_POOL_MAX_PRICE_PLUR: '1',
      DATABASE_URL: `file:${file}`,
    };
    expect(codes((await diagnose(settings)).errors)).toEqual(['NODE_CHANGED']);
    const simulatedAddress = parseEthereumAddress(`0x${app.simulator.wallet}`);
    {
      await using store = await openSqliteStore({ file });
      await store.write(
        [
          { change: 'nodeMoved', node: NODE, address: simulatedAddress, observedAt: null },
          { change: 'nodePinned', node: NODE, address: simulatedAddress, chainId: 5 },
        ],
        T0,
      );
    }
    expect((await diagnose(settings)).errors).toMatchObject([
      { code: 'NODE_CHANGED', message: expect.stringContaining('on chain 100, and the stock is on chain 5') },
    ]);
    const other = { ...settings, DATABASE_URL: `file:${join(directory, 'none.db')}` };
    expect(codes((await diagnose(other)).errors)).toEqual(['PRICE_TOO_HIGH', 'ORDER_ABOVE_LIMIT']);
    const { errors } = await diagnose({ ...settings, DATABASE_URL: `file:${import.meta.filename}` });
    expect(codes(errors)).toContain('STORE_UNUSABLE');
  });
});

test('exits with 4 for a wrong URL of the service, and still examines what is here', async () => {
  const { exit, findings } = await diagnose({
    STAMP_POOL_URL: `http://127.0.0.1:${await deadPort()}`,
    STAMP_POOL_ENABLED: 'true',
    SWARM_BEE_API_URL: app.beeUrl,
    SWARM_BLOCK_TIME_SECONDS: '0.02',
    DATABASE_URL: `file:${join(directory, 'none.db')}`,
  });
  expect(exit).toBe(4);
  expect(codes(findings)).toEqual(
    expect.arrayContaining(['SETTINGS', 'STORE', 'NODE', 'WALLET', 'TARGET_COST', 'SERVICE_UNREACHABLE']),
  );
  expect(await diagnose({ STAMP_POOL_URL: app.beeUrl })).toMatchObject({ exit: 4 });
});

test('a .env that cannot be read is a finding, and stops no other command', async () => {
  const environment = (): never => {
    throw new ConfigError(['.env: line 3 is not NAME=value']);
  };
  const { exit, out } = await runWith({}, ['doctor', '--url', app.url], { environment });
  expect([exit, out]).toEqual([1, expect.stringMatching(/SETTING_INVALID {2}\.env: line 3/)]);
  expect(await runWith({}, ['status', '--url', app.url], { environment })).toMatchObject({
    exit: 0,
    err: '.env: line 3 is not NAME=value. It is left out.\n',
  });
});

/** A proxy that keeps back each response until it is complete, and passes on no upgrade. */
function bufferingProxy({ headers, url }: IncomingMessage, outgoing: ServerResponse): void {
  const { 'content-length': _length, ...others } = headers;
  const forwarded = request(new URL(url ?? '/', app.url), { method: 'POST', headers: others }, (response) => {
    text(response).then(
      (body) => outgoing.end(body),
      () => outgoing.destroy(),
    );
  });
  forwarded.end(JSON.stringify({ query: 'subscription { reserveLevels { at } }' }));
  forwarded.on('error', () => outgoing.destroy());
  outgoing.once('close', () => forwarded.destroy());
}

test('names each check of readiness that fails, and needs no such route', async () => {
  const checks = [
    { name: 'store', ok: false, why: 'The database accepts no writes.' },
    { name: 'runs', ok: true, why: 'x' },
  ];
  const answers = [JSON.stringify({ status: 'not ready', checks }), 'Not Found'];
  await using server = await serveHttp((_request, response) => response.end(answers.shift()));
  const url = new URL(`http://127.0.0.1:${server.port}/`);
  expect(await examineReadiness({ url })).toMatchObject([
    { severity: 'error', code: 'NOT_READY', message: expect.stringContaining('accepts no writes') },
  ]);
  expect(await examineReadiness({ url })).toEqual([]);
});

test('names a proxy that buffers events and passes on no WebSocket', async () => {
  await using proxy = await serveHttp(bufferingProxy);
  const url = new URL(`http://127.0.0.1:${proxy.port}/`);
  const address = { url, shown: url.href, token: null };
  expect(await examineEvents(address, 500)).toMatchObject({ code: 'SSE_BUFFERED' });
  expect(await examineWebSocket(address, 300_000)).toMatchObject({
    code: 'WEBSOCKET_FAILED',
    message: expect.stringMatching(/Unexpected server response: \d{3}/),
  });
});

import { createServer } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { listen } from '../bee/servers.ts';
import { aStamp } from '../builders.ts';
import { aRun } from '../rest/a-run.ts';
import { type RestServer, restServer } from '../rest/rest-server.ts';
import { hasChromium, openBrowser } from './browser.ts';

/** The origin of a site with an empty page. */
async function site(): Promise<string> {
  const server = createServer((_request, response) =>
    response.setHeader('Content-Type', 'text/html').end('<p>'),
  );
  const listening = await listen(server);
  onTestFinished(() => listening[Symbol.asyncDispose]());
  return `http://127.0.0.1:${listening.port}`;
}

const acquired = async ({ store }: RestServer): Promise<number> =>
  (await store.acquisitions({ first: 10, after: null })).items.length;

describe.runIf(hasChromium)('in a browser', () => {
  test('a page of an allowed origin acquires; another origin, a form and a rebound host name do not', async () => {
    const [allowed, other] = [await site(), await site()];
    await using server = await restServer({
      stamps: [aStamp({ n: 1 }), aStamp({ n: 2 }), aStamp({ n: 3 })],
      run: aRun(),
      exposure: { allowedHosts: new Set(['127.0.0.1']), corsOrigins: new Set([allowed]) },
    });
    let runs = 0;
    server.runs.onRequest(() => {
      runs += 1;
    });
    await using browser = await openBrowser('--host-resolver-rules=MAP rebound.example 127.0.0.1');
    const page = await browser.newPage();
    const acquire = async (mode: 'cors' | 'no-cors', type: string): Promise<unknown> =>
      await page.evaluate(
        async ([url, fetchMode, contentType]) => {
          try {
            const response = await fetch(`${url}/api/v1/pool/acquire`, {
              method: 'POST',
              mode: fetchMode === 'cors' ? 'cors' : 'no-cors',
              headers: {
                'Content-Type': contentType ?? '',
                ...(fetchMode === 'cors' && { 'Idempotency-Key': 'k' }),
              },
              body: '{}',
            });
            return (await response.json()).success;
          } catch (error) {
            return String(error);
          }
        },
        [server.url, mode, type],
      );

    await page.goto(allowed);
    expect(await acquire('cors', 'application/json')).toBe(true);
    expect(await acquired(server)).toBe(1);

    await page.goto(other);
    expect(await acquire('cors', 'application/json')).toBe('TypeError: Failed to fetch');
    expect(await acquire('no-cors', 'text/plain')).toBe('TypeError: Failed to fetch');
    const socket = await page.evaluate(
      async (url) =>
        await new Promise((resolve) => {
          const opening = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
          opening.addEventListener('open', () => resolve('open'));
          opening.addEventListener('error', () => resolve('refused'));
        }),
      server.url,
    );
    expect(socket).toBe('refused');
    const runsBefore = runs;
    await page.setContent(`<form method="post" action="${server.url}/api/v1/pool/check"><button>`);
    const [submitted] = await Promise.all([
      page.waitForResponse((response) => response.url().startsWith(server.url)),
      page.click('button'),
    ]);
    expect(submitted.status()).toBe(403);
    expect(runs).toBe(runsBefore);

    const rebound = server.url.replace('127.0.0.1', 'rebound.example');
    const page403 = await page.goto(`${rebound}/api/v1/pool/available`);
    expect([page403?.status(), await page403?.json()]).toEqual([
      403,
      { detail: expect.stringMatching(/host name/) },
    ]);
    expect(await acquired(server)).toBe(1);
  });
});

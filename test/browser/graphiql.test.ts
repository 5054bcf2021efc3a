import { describe, expect, test } from 'vitest';
import { aStamp } from '../builders.ts';
import { send } from '../http/send.ts';
import { restServer } from '../rest/rest-server.ts';
import { hasChromium, openBrowser } from './browser.ts';

const HTML = { Accept: 'text/html,application/xhtml+xml' };

describe.runIf(hasChromium)('in a browser', () => {
  test('GraphiQL sends queries and subscriptions, and requests nothing of another host', async () => {
    await using server = await restServer({ stamps: [aStamp({ n: 1 }), aStamp({ n: 2 })] });
    await using browser = await openBrowser();
    const page = await browser.newPage();
    const [hosts, problems]: [Set<string>, string[]] = [new Set(), []];
    page.on('request', (request) => hosts.add(new URL(request.url()).host));
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    await page.goto(`${server.url}/graphql`);
    const run = page.locator('button.graphiql-execute-button');
    const result = page.locator('.result-window');
    await run.click();
    await result.getByText('"totalAvailable": 2').waitFor();
    await server.acquire({});
    await run.click(); // ends the subscription
    await page.getByRole('tab', { name: 'Status' }).click();
    await run.click();
    await result.getByText('"enabled": true').waitFor();
    await page.getByRole('tab', { name: 'Acquire' }).click();
    await run.click();
    await result.getByText('"__typename": "AcquireStampSuccess"').waitFor();
    expect([...hosts].filter((host) => host !== new URL(server.url).host && host !== '')).toEqual([]);
    expect(problems).toEqual([]);
  });
});

test('GraphiQL is a page of static files of this origin, compressed, that browsers may keep', async () => {
  await using server = await restServer();
  const page = await send(`${server.url}/graphql`, { method: 'GET', headers: HTML });
  expect(page.headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-cache',
    'content-security-policy':
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  });
  expect(page.body).not.toMatch(/<script(?![^>]*\ssrc=)|\son\w+=|<style|\sstyle=/);
  const paths = [...page.body.matchAll(/(?:src|href)="(\/[^"]*)"/g)].map(([, path = '']) => path);
  expect(paths).toHaveLength(6);
  let bytes = 0;
  for (const path of paths) {
    const response = await fetch(server.url + path, { headers: { 'Accept-Encoding': 'gzip' } });
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(response.headers.get('content-encoding')).toBe('gzip');
    bytes += Number(response.headers.get('content-length'));
  }
  expect(bytes).toBeLessThan(700_000);
  const plain = await send(server.url + (paths[0] ?? ''), { method: 'GET' });
  expect(plain.headers).not.toHaveProperty('content-encoding');
  expect((await send(`${server.url}/graphiql/0/page.js`, { method: 'GET' })).status).toBe(404);
});

test('GraphiQL is not served when it is off', async () => {
  await using server = await restServer({ exposure: { graphiql: false } });
  const page = await send(`${server.url}/graphql`, { method: 'GET', headers: HTML });
  expect(page.status).toBe(406);
});

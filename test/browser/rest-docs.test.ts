import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { contract2026January } from '../../src/rest/contract-2026-01.ts';
import { contract2026April } from '../../src/rest/contract-2026-04.ts';
import { openApi } from '../../src/rest/openapi.ts';
import { documentedResponses, ROUTES } from '../../src/rest/routes.ts';
import { send } from '../http/send.ts';
import { restServer } from '../rest/rest-server.ts';
import { seriousViolations } from './axe.ts';
import { hasChromium, openBrowser } from './browser.ts';

const documentSchema = z.object({
  paths: z.record(
    z.string(),
    z.record(z.string(), z.object({ operationId: z.string(), summary: z.string() })),
  ),
  components: z.object({
    schemas: z.record(
      z.string(),
      z.object({
        properties: z.record(
          z.string(),
          z.object({
            $ref: z.string().optional(),
            anyOf: z.unknown().optional(),
            description: z.string().optional(),
          }),
        ),
      }),
    ),
  }),
});

describe.runIf(hasChromium)('in a browser', () => {
  test('the page of the REST API shows every operation and schema, by keyboard too, and breaks no rule of its policy', async () => {
    await using server = await restServer();
    await using browser = await openBrowser();
    const page = await browser.newPage({ viewport: { width: 375, height: 800 } });
    const [hosts, problems]: [Set<string>, string[]] = [new Set(), []];
    page.on('request', (request) => hosts.add(new URL(request.url()).host));
    page.on('console', (message) => problems.push(message.text()));
    page.on('pageerror', (error) => problems.push(String(error)));
    await page.goto(`${server.url}/docs`);
    expect(page.url()).toBe(`${server.url}/api/v1/docs`);
    const { paths, components } = documentSchema.parse(openApi(contract2026January));
    for (const { summary } of Object.values(paths).flatMap((methods) => Object.values(methods)))
      expect(await page.getByRole('heading', { name: summary, exact: true }).count()).toBe(1);
    for (const name of Object.keys(components.schemas))
      expect(await page.getByRole('heading', { name, exact: true }).count()).toBe(1);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter'); // the link that skips the contents
    await page.waitForURL(`${server.url}/api/v1/docs#main`);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(375);
    expect(await seriousViolations(page)).toEqual([]);
    expect([...hosts].filter((host) => host !== '')).toEqual([new URL(server.url).host]);
    expect(problems).toEqual([]);
  });
});

test('the page of the REST API is static, compressed, and needs no token', async () => {
  await using server = await restServer();
  const page = await send(`${server.url}/api/v1/docs`, { method: 'GET' });
  expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  expect(page.headers['content-security-policy']).toMatch(
    /^default-src 'none'; script-src 'self'; style-src 'self';/,
  );
  expect(page.body).not.toMatch(/<script|<style|\sstyle=|\son\w+=/);
  expect(page.body).not.toContain('undefined');
  const [, stylesheet = ''] = /rel="stylesheet" href="([^"]+)"/.exec(page.body) ?? [];
  const css = await send(server.url + stylesheet, { method: 'GET', headers: { 'Accept-Encoding': 'gzip' } });
  expect(css.headers).toMatchObject({
    'content-encoding': 'gzip',
    'cache-control': 'public, max-age=31536000, immutable',
  });
  const old = stylesheet.replace(/[^/]+\/page\.css/, '0/page.css');
  expect((await send(server.url + old, { method: 'GET' })).status).toBe(404);
  for (const path of ['/docs', '/redoc', '/docs/']) {
    const redirect = await send(server.url + path, { method: 'GET' });
    expect([path, redirect.status, redirect.headers.location]).toEqual([path, 302, '/api/v1/docs']);
  }
});

test.each([
  ['gzip', 'gzip'],
  ['GZIP;q=0.5, br', 'gzip'],
  ['*', 'gzip'],
  ['identity', undefined],
  ['gzip;q=0', undefined],
  ['gzip;q=0 , identity', undefined],
  ['gzip;q=0.2, identity;q=0.8', undefined],
  ['x-gzip-like', undefined],
])('a file is sent in the coding that Accept-Encoding asks for: %s', async (accepted, coding) => {
  await using server = await restServer();
  const headers = { 'Accept-Encoding': accepted };
  const page = await send(`${server.url}/api/v1/docs`, { method: 'GET', headers });
  expect([page.status, page.headers['content-encoding'], page.headers.vary]).toEqual([
    200,
    coding,
    expect.stringContaining('Accept-Encoding'),
  ]);
});

describe.each([contract2026January, contract2026April])(
  'the OpenAPI document of contract $name',
  (contract) => {
    test('describes every key of every schema', () => {
      const { components } = documentSchema.parse(openApi(contract));
      const bare = Object.entries(components.schemas).flatMap(([name, { properties }]) =>
        Object.entries(properties).flatMap(([key, { $ref, anyOf, description }]) =>
          (description ?? $ref ?? anyOf) ? [] : `${name}.${key}`,
        ),
      );
      expect(bare).toEqual([]);
    });

    test('has examples that are valid', () => {
      const schemas = ROUTES.flatMap((route) =>
        Object.values(documentedResponses(route, contract)).map(({ schema }) => schema),
      );
      const examples = schemas.flatMap((schema) => {
        const examplesOf = z.array(z.unknown()).catch([]).parse(schema.meta()?.['examples']);
        return examplesOf.map((example) => [schema.parse(example), example]);
      });
      expect(examples.length).toBeGreaterThan(7);
      for (const [parsed, example] of examples) expect(parsed).toEqual(example);
    });
  },
);

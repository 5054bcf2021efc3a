import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { openAccess } from '../../src/access/access.ts';
import { PAGE_POLICY } from '../../src/static-asset.ts';
import { accessParts, issue } from '../access/credentials.ts';
import { aStamp, batchId, T0 } from '../builders.ts';
import { failing } from '../http/failing-store.ts';
import { send } from '../http/send.ts';
import { type RestServer, restServer } from '../rest/rest-server.ts';

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
const JSON_TYPE = 'application/json; charset=utf-8';
const HTML_TYPE = 'text/html; charset=utf-8';

const openPage = async ({ url }: Pick<RestServer, 'url'>, headers: Record<string, string> = {}) =>
  await send(url, { method: 'GET', headers: { Accept: BROWSER, ...headers } });

const firstSchema = z.object({ graphiql: z.boolean(), access: z.string(), data: z.unknown() });

/** What a page has been given to begin with. */
function firstIn(page: string): z.infer<typeof firstSchema> {
  const [, text = ''] = /<script type="application\/json" id="first">(.*?)<\/script>/s.exec(page) ?? [];
  return firstSchema.parse(JSON.parse(text));
}

describe('/', () => {
  test('is the dashboard for browsers and the health for programs, and says that it depends on Accept', async () => {
    await using server = await restServer();
    const typeFor = async (accept: string | null): Promise<unknown> => {
      const headers = accept === null ? {} : { Accept: accept };
      const response = await send(server.url, { method: 'GET', headers });
      expect(response.headers.vary).toMatch(/^Accept\b/);
      return response.headers['content-type'];
    };
    expect(await typeFor(BROWSER)).toBe(HTML_TYPE);
    expect(await typeFor('text/html')).toBe(HTML_TYPE);
    expect(await typeFor('TEXT/HTML;q=0.9, application/json;q=0.1')).toBe(HTML_TYPE);
    expect(await typeFor('application/json, text/html;q=0.5')).toBe(JSON_TYPE);
    expect(await typeFor('*/*')).toBe(JSON_TYPE);
    expect(await typeFor('image/png')).toBe(JSON_TYPE);
    expect(await typeFor(null)).toBe(JSON_TYPE);
  });

  test('is a page without inline script or style, under the policy of all pages, and is not kept', async () => {
    await using server = await restServer();
    const { headers, body } = await openPage(server);
    expect(headers).toMatchObject({
      'content-security-policy': PAGE_POLICY,
      'cache-control': 'no-store',
      vary: 'Accept, Accept-Encoding',
      'x-frame-options': 'DENY',
    });
    expect(body).not.toMatch(
      /<script(?![^>]*\s(?:src|type="application\/json")[ =>])|\son\w+=|<style|\sstyle=/,
    );
  });

  test('is compressed as the browser accepts it', async () => {
    await using server = await restServer();
    const codedAs = async (accepted: string) => {
      const response = await fetch(server.url, { headers: { Accept: BROWSER, 'Accept-Encoding': accepted } });
      return [response.headers.get('content-encoding'), (await response.text()).includes('id="app"')];
    };
    expect(await codedAs('gzip, deflate, br')).toEqual(['gzip', true]);
    expect(await codedAs('gzip;q=0, identity')).toEqual([null, true]);
  });

  test('comes with the status while the service is open, as JSON that cannot end its script', async () => {
    await using server = await restServer({ stamps: [aStamp({ n: 1 })] });
    server.incidents.report({ code: 'BUSY', subject: '</script><script>alert(1)<!--', detail: 'busy' });
    const { body } = await openPage(server);
    expect(body).not.toContain('alert(1)<');
    expect(body.match(/<script\b/g)).toHaveLength(2);
    expect(firstIn(body)).toMatchObject({
      access: 'open',
      data: {
        poolStatus: { totalAvailable: 1, errors: [{ subject: '</script><script>alert(1)<!--' }] },
        availableStamps: { edges: [{ node: { batchId: batchId(1) } }] },
      },
    });
  });

  test('comes without data once there is a token, whatever the browser sends', async () => {
    let token = '';
    await using server = await restServer({
      stamps: [aStamp()],
      authenticate: async (tokens) => {
        token = await issue(tokens, { scopes: ['read', 'acquire', 'maintain'] });
        await tokens.requireTokens(T0);
        return (await openAccess(accessParts(tokens))).authenticate;
      },
    });
    for (const headers of [{}, { Authorization: `Bearer ${token}` }, { Authorization: 'Bearer wrong' }]) {
      const { status, body } = await openPage(server, headers);
      expect([status, firstIn(body)]).toEqual([200, { graphiql: true, access: 'token', data: null }]);
    }
  });

  test('comes without data, and at once, from an overloaded service and without its database', async () => {
    await using late = await restServer({ lagMs: () => 600, exposure: { graphiql: false } });
    await using broken = await restServer({ around: failing, exposure: { graphiql: false } });
    for (const server of [late, broken]) {
      const { status, body } = await openPage(server);
      expect([status, firstIn(body)]).toEqual([200, { graphiql: false, access: 'open', data: null }]);
    }
  });

  test('is the health for browsers too if the dashboard is not built, and the log says so', async () => {
    await using server = await restServer({ dashboard: join(tmpdir(), 'not-built') });
    const { status, headers } = await openPage(server);
    expect([status, headers['content-type']]).toEqual([200, JSON_TYPE]);
    expect(server.logged.filter((line) => line.includes('the dashboard is not built'))).toHaveLength(1);
  });
});

describe('its files', () => {
  test('may be kept forever, are compressed, and are the only ones', async () => {
    await using server = await restServer();
    const { body } = await openPage(server);
    const paths = [...body.matchAll(/(?:src|href)="(\/dashboard\/[^"]*)"/g)].map(([, path = '']) => path);
    expect(paths).toEqual([
      expect.stringMatching(/-[\w-]{8}\.js$/),
      expect.stringMatching(/-[\w-]{8}\.css$/),
    ]);
    for (const path of paths) {
      const get = async (encoding: string) => {
        const response = await fetch(server.url + path, { headers: { 'Accept-Encoding': encoding } });
        expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
        expect(response.headers.get('vary')).toBe('Accept-Encoding');
        expect(response.headers.get('content-type')).toMatch(/\b(?:javascript|css); charset=utf-8$/);
        return { coding: response.headers.get('content-encoding'), text: await response.text() };
      };
      const [plain, gzip] = [await get('identity'), await get('gzip')];
      expect([plain.coding, gzip.coding, gzip.text]).toEqual([null, 'gzip', plain.text]);
      expect((await send(server.url + path, { method: 'HEAD' })).status).toBe(200);
    }
    for (const name of ['index.html', 'sources.sha256', '..%2Fpackage.json', 'none.js'])
      expect((await send(`${server.url}/dashboard/${name}`, { method: 'GET' })).status).toBe(404);
  });
});

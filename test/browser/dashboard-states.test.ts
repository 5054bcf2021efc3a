import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MAX_SILENCE_MS } from '../../dashboard/model/freshness.ts';
import { type Access, openAccess } from '../../src/access/access.ts';
import { nodeName } from '../../src/domain/units.ts';
import { accessParts, issue, VALID } from '../access/credentials.ts';
import { aStamp, aToken, T0 } from '../builders.ts';
import { aRun } from '../rest/a-run.ts';
import { type RestServer, restServer } from '../rest/rest-server.ts';
import { seriousViolations } from './axe.ts';
import { hasChromium, openBrowser } from './browser.ts';
import { busyPool } from './busy-pool.ts';
import { cuttable } from './cuttable.ts';
import { screenshot } from './screenshot.ts';

describe.runIf(hasChromium)('the dashboard', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(async () => await browser.close());

  const live = (page: Page) => page.getByText('Live', { exact: true }).waitFor();

  test('says soon that the connection is lost, keeps its values, and recovers', async () => {
    await using server = await restServer({ stamps: [aStamp({ n: 1 }), aStamp({ n: 2 })] });
    await using way = await cuttable(server.url);
    const page = await browser.newPage();
    await page.goto(way.url);
    await live(page);
    way.cut();
    await page.getByText('The connection is lost.').waitFor();
    await page.getByText(/These values are from \d/).waitFor();
    await page.getByText('2 available, target 1').waitFor();
    await page.getByRole('button', { name: 'Acquire a small stamp', disabled: true }).waitFor();
    expect((await server.acquire({})).status).toBe(200);
    way.mend();
    await live(page);
    await page.getByText('1 of 1 available').waitFor();
    expect(await page.getByText('The connection is lost.').count()).toBe(0);
    way.cut();
    await page.getByText('The connection is lost.').waitFor();
    expect(await seriousViolations(page)).toEqual([]);
    await page.close();
  });

  test('says after 30 seconds of silence that its values are old, and opens another connection', async () => {
    await using server = await restServer({ stamps: [aStamp()] });
    await using way = await cuttable(server.url);
    const page = await browser.newPage();
    const beganMs = Date.now();
    await page.clock.install();
    await page.goto(way.url);
    await live(page);
    way.silence();
    await page.clock.runFor(20_000);
    const isOld = (await page.getByText('The service is silent.').count()) > 0;
    const passedMs = (await page.evaluate(() => Date.now())) - beganMs; // real time passes, too
    expect(isOld && passedMs <= MAX_SILENCE_MS).toBe(false);
    await page.clock.runFor(11_500);
    await page.getByText(/^(?:The service is silent|The connection is lost)\.$/).waitFor();
    way.mend();
    await page.clock.runFor(15_000);
    await live(page);
    await page.close();
  });

  test('shows what is wrong and what it costs, and runs maintenance after a dry run', async () => {
    await using server = await busyPool();
    const page = await browser.newPage();
    await page.goto(server.url);
    await live(page);
    await page.getByRole('heading', { name: 'No medium stamp is in stock' }).waitFor();
    await page.locator('#incidents').getByText('Send BZZ to the node’s wallet').waitFor();
    await page.locator('#orders').getByText('Top-up').waitFor();
    await page.locator('#nodes').getByText('31 behind').waitFor();
    await page.locator('#nodes').getByText('Runs made by').waitFor();
    await page.locator('#nodes').getByText('(this replica)').waitFor();
    await page.getByRole('img', { name: /^Levels of small in the last hour: lowest level \d/ }).waitFor();
    await page.getByText('Values of small').click();
    await page.getByRole('region', { name: 'Values of small' }).getByRole('row').nth(59).waitFor();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      expect(await seriousViolations(page)).toEqual([]);
    }
    await screenshot(page, 'trouble');
    await page.getByRole('button', { name: 'Run maintenance' }).click();
    const dialog = page.getByRole('dialog', { name: 'Run maintenance' });
    await dialog.getByText('It would spend 0.6667').waitFor();
    await dialog.getByText('expires in 20 hours').waitFor();
    expect(await seriousViolations(page)).toEqual([]);
    let runs = 0;
    server.runs.onRun(() => {
      runs += 1;
    });
    await dialog.getByRole('button', { name: 'Run and spend 0.6667 BZZ' }).click();
    await dialog.getByText('The run has ended.').waitFor();
    expect(runs).toBe(1);
    await page.close();
  });

  test('fits a phone with a long name of a node', async () => {
    const { node, ...run } = aRun();
    const name = nodeName('bee-'.repeat(16));
    await using server = await restServer({ run: { ...run, node: { ...node, name } } });
    await server.runs.join();
    const page = await browser.newPage({ viewport: { width: 320, height: 800 } });
    await page.goto(server.url);
    await page.getByRole('heading', { name }).waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
    await page.close();
  });

  test('is in one language with one set of digits, whatever the browser prefers', async () => {
    await using server = await busyPool();
    const page = await browser.newPage({ locale: 'ar-EG' });
    await page.goto(server.url);
    await page.getByText('Values of small').click();
    await page.getByRole('region', { name: 'Values of small' }).getByRole('row').nth(59).waitFor();
    expect(await page.locator('body').innerText()).not.toMatch(/\p{Script=Arabic}/u);
    await page.close();
  });

  test('gets the same stamp if the answer is lost and the user tries again', async () => {
    await using server = await restServer({ stamps: [aStamp({ n: 1 }), aStamp({ n: 2 })] });
    const page = await browser.newPage();
    await page.goto(server.url);
    let isLost = false;
    await page.route('**/graphql', async (route) => {
      if (isLost || !route.request().postData()?.includes('acquireStamp')) return await route.continue();
      isLost = true;
      await route.fetch();
      return await route.abort();
    });
    await page.getByRole('button', { name: 'Acquire a small stamp' }).click();
    await page.getByRole('button', { name: 'Acquire it' }).click();
    await page.getByRole('alert').getByText('The service does not answer. No second stamp').waitFor();
    await page.getByRole('button', { name: 'Acquire it' }).click();
    await page.getByRole('dialog', { name: 'The stamp is yours' }).waitFor();
    const { items } = await server.store.acquisitions({ first: 9, after: null, caller: null });
    expect(items.map(({ item }) => item.clientRef)).toEqual(['dashboard']);
    await page.close();
  });

  test('asks for a token once there is one, and shows and offers what it may do', async () => {
    await using service = await serviceWithTokens();
    const page = await browser.newPage();
    await page.goto(service.server.url);
    await page.getByLabel('Token').waitFor();
    expect(await seriousViolations(page)).toEqual([]);
    const signIn = async (token: string): Promise<void> => {
      await page.getByLabel('Token').fill(token);
      await page.keyboard.press('Enter');
    };
    await signIn('tökén');
    await page.getByRole('alert').getByText('This is not a token.').waitFor();
    await signIn('sp_wrong');
    await page.getByRole('alert').getByText('The token is not known.').waitFor();
    await signIn(await service.issue('acquire'));
    await page.getByRole('alert').getByText('does not have the scope read').waitFor();

    await signIn(await service.issue('read'));
    await page.getByText('2 available, target 1').waitFor();
    await live(page);
    for (const hidden of ['Run maintenance', 'Acquire a small stamp'])
      expect(await page.getByRole('button', { name: hidden }).count()).toBe(0);
    for (const hidden of ['Funds last', 'Stamps in stock', 'Open orders'])
      expect(await page.getByText(hidden).count()).toBe(0);
    await page.reload();
    await page.getByText('2 available, target 1').waitFor();
    expect(await page.context().cookies()).toEqual([]);

    await page.getByRole('button', { name: 'Sign out' }).click();
    await signIn(await service.issue('all'));
    await page.getByRole('button', { name: 'Run maintenance' }).waitFor();
    await page.getByRole('button', { name: 'Acquire a small stamp' }).waitFor();
    await page.getByText('Funds last').waitFor();
    await service.revoke('all');
    await page.getByRole('alert').getByText('The token was revoked.').waitFor();
    expect(await page.evaluate(() => Object.keys(sessionStorage))).toEqual([]);
    await page.close();
  });
});

interface ServiceWithTokens extends AsyncDisposable {
  readonly server: RestServer;
  /** A token with the name and the scopes of a row of VALID. */
  issue(name: 'read' | 'acquire' | 'all'): Promise<string>;
  revoke(name: 'all'): Promise<void>;
}

async function serviceWithTokens(): Promise<ServiceWithTokens> {
  let access: Access | null = null;
  const server = await restServer({
    stamps: [aStamp({ n: 1 }), aStamp({ n: 2 })],
    run: aRun(),
    authenticate: async (tokens) => {
      await tokens.requireTokens(T0);
      access = await openAccess(accessParts(tokens));
      return access.authenticate;
    },
  });
  return {
    server,
    issue: async (name) => await issue(server.store.tokens, { owner: name, scopes: VALID[name] }),
    revoke: async (name) => {
      await server.store.tokens.revokeTokens({ owner: aToken({ owner: name }).owner }, T0);
      await access?.refresh();
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

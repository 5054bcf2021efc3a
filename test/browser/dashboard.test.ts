import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../harness.ts';
import { hasChromium, openBrowser } from './browser.ts';
import { screenshot } from './screenshot.ts';

/** What a first load of the page may take on the wire. */
const MAX_BYTES = 120_000;

describe.runIf(hasChromium)('the dashboard', () => {
  let app: TestApp;
  let browser: Browser;
  beforeAll(async () => {
    [app, browser] = await Promise.all([
      startTestApp({ onNode: { 17: 2, 20: 1 }, env: { STAMP_POOL_RESERVE: '17:2,20:1' } }),
      openBrowser(),
    ]);
    await app.full();
  });
  afterAll(async () => {
    await browser.close();
    await app[Symbol.asyncDispose]();
  });

  test('shows the levels, acquires a stamp, and sees the level fall and rise without a reload', async () => {
    const page = await browser.newPage();
    await page.goto(app.url);
    const small = levelOf(page, 'small');
    await small.getByText('2 of 2 available').waitFor();
    await page.evaluate(() => {
      Object.assign(globalThis, { isSamePage: true });
    });
    await page.getByRole('button', { name: 'Acquire a small stamp' }).click();
    app.simulator.faults.set('rpcHanging'); // nothing is bought until the page was seen with one stamp less
    await page.getByRole('button', { name: 'Acquire it' }).click();
    await small.getByText('1 of 2 available').waitFor();
    app.simulator.faults.clear('rpcHanging');
    const dialog = page.getByRole('dialog', { name: 'The stamp is yours' });
    await dialog.getByText(/^Swarm-Postage-Batch-Id: [0-9a-f]{64}$/).waitFor();
    await dialog.getByText(app.beeUrl).waitFor();
    await dialog.getByRole('button', { name: 'Done' }).click();
    await small.getByText('2 of 2 available').waitFor();
    expect(await page.evaluate(() => 'isSamePage' in globalThis)).toBe(true);
    await page.close();
  });

  test('loads once, from this origin only, within its bytes, without an error', async () => {
    const page = await browser.newPage();
    const load = await watchLoad(page);
    await page.goto(app.url, { waitUntil: 'networkidle' });
    await page.getByText('Live', { exact: true }).waitFor();
    expect(load.hosts).toEqual(new Set([new URL(app.url).host]));
    expect(load.problems).toEqual([]);
    expect(load.bytes()).toBeGreaterThan(10_000);
    expect(load.bytes()).toBeLessThan(MAX_BYTES);
    await page.close();
  });

  test('shows its first values without a request', async () => {
    const page = await browser.newPage();
    await page.routeWebSocket('**/graphql', () => {});
    await page.route('**/graphql', (route) => route.abort());
    await page.goto(app.url);
    await levelOf(page, 'medium').getByText('1 of 1 available').waitFor();
    await page.getByRole('img', { name: /^Levels of medium in the last hour/ }).waitFor();
    expect(await page.getByText('Live', { exact: true }).count()).toBe(0);
    await page.close();
  });

  test('is used by keyboard alone, and gives the focus back after a dialog', async () => {
    const page = await browser.newPage();
    await page.goto(app.url);
    await levelOf(page, 'small').getByText('2 of 2 available').waitFor();
    const focused = (): Promise<string> =>
      page.evaluate(() => {
        const element = document.activeElement;
        return element?.getAttribute('aria-label') ?? element?.textContent ?? '';
      });
    const tabTo = async (name: string): Promise<void> => {
      for (let steps = 0; steps < 30; steps += 1) {
        if ((await focused()) === name) return;
        await page.keyboard.press('Tab');
      }
      throw new Error(`${name} has no focus; ${await focused()} has`);
    };
    await tabTo('Acquire a small stamp');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Acquire a small stamp' }).waitFor();
    await tabTo('Acquire it');
    await page.keyboard.press('Space');
    const dialog = page.getByRole('dialog', { name: 'The stamp is yours' });
    await dialog.locator('h2:focus').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await page
      .locator('button:focus')
      .and(page.getByRole('button', { name: 'Acquire a small stamp' }))
      .waitFor();
    expect(await focused()).toBe('Acquire a small stamp');
    await page.getByRole('radio', { name: 'Hour' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.getByRole('img', { name: /^Levels of small in the last day/ }).waitFor();
    await page.close();
  });

  test('fits a phone and a desktop', async () => {
    const page = await browser.newPage();
    await page.goto(app.url);
    await page.getByText('Live', { exact: true }).waitFor();
    for (const width of [320, 375, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    }
    await screenshot(page, 'demo');
    await page.close();
  });
});

const levelOf = (page: Page, sizeName: string) =>
  page.locator('#levels li').filter({ has: page.getByRole('heading', { name: sizeName }) });

interface Load {
  readonly hosts: ReadonlySet<string>;
  readonly problems: readonly string[];
  /** Headers and bodies, as they came over the network. */
  bytes(): number;
}

async function watchLoad(page: Page): Promise<Load> {
  const [hosts, problems]: [Set<string>, string[]] = [new Set(), []];
  let bytes = 0;
  const devTools = await page.context().newCDPSession(page);
  await devTools.send('Network.enable');
  devTools.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
  page.on('request', (request) => {
    if (!request.url().startsWith('data:')) hosts.add(new URL(request.url()).host);
  });
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  return { hosts, problems, bytes: () => bytes };
}

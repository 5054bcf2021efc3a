import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../harness.ts';
import { seriousViolations } from './axe.ts';
import { hasChromium, openBrowser } from './browser.ts';

/** Looked at by people: the folder is not in the repository. */
const SCREENSHOTS = join(import.meta.dirname, '../../dist/screenshots');

/** What a first load of the page may take on the wire. */
const MAX_BYTES = 120_000;

describe.runIf(hasChromium)('the dashboard', () => {
  let app: TestApp;
  let browser: Browser;
  beforeAll(async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
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
    await page.getByRole('button', { name: 'Acquire it' }).click();
    const dialog = page.getByRole('dialog', { name: 'The stamp is yours' });
    await dialog.getByText(/^Swarm-Postage-Batch-Id: [0-9a-f]{64}$/).waitFor();
    await dialog.getByText(app.beeUrl).waitFor();
    await dialog.getByRole('button', { name: 'Done' }).click();
    await small.getByText('1 of 2 available').waitFor();
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

  test('has no serious finding of axe, and fits its width, in both schemes', async () => {
    const page = await browser.newPage();
    await page.goto(app.url);
    await page.getByText('Live', { exact: true }).waitFor();
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [375, 1440]) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 900 });
        await page.screenshot({ path: join(SCREENSHOTS, `${width}-${colorScheme}.png`), fullPage: true });
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      }
      expect(await seriousViolations(page)).toEqual([]);
    }
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

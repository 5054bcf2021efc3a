import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const EXECUTABLE = '/usr/bin/chromium';

/** Whether Debian's chromium is installed. Tests in a browser are left out without it, with a printed line. */
export const hasChromium = existsSync(EXECUTABLE);
if (!hasChromium)
  process.stdout.write(`skipped: there is no ${EXECUTABLE}, which the tests in a browser need\n`);

/** Its pages wait as long as other tests do: the machine may be busy. By default Playwright gives up after 30 s. */
export async function openBrowser(...args: readonly string[]): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: EXECUTABLE,
    args: ['--no-sandbox', ...args],
    timeout: MAX_WAIT_MS,
  });
  browser.on('context', (context) => context.setDefaultTimeout(MAX_WAIT_MS));
  return browser;
}

const MAX_WAIT_MS = 300_000;

import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const EXECUTABLE = '/usr/bin/chromium';

/** Whether Debian's chromium is installed. Tests in a browser are left out without it, with a printed line. */
export const hasChromium = existsSync(EXECUTABLE);
if (!hasChromium)
  process.stdout.write(`skipped: there is no ${EXECUTABLE}, which the tests in a browser need\n`);

export const openBrowser = async (...args: readonly string[]): Promise<Browser> =>
  await chromium.launch({ executablePath: EXECUTABLE, args: ['--no-sandbox', ...args] });

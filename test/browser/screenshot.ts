import { join } from 'node:path';
import type { Page } from 'playwright-core';

/** For people to look at. Git ignores the folder. */
const FOLDER = join(import.meta.dirname, '../../dist/screenshots');

/** Saves the whole page as a phone and a desktop show it, in the light and the dark scheme. */
export async function screenshot(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [375, 1440]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      await page.screenshot({ path: join(FOLDER, `${name}-${width}-${colorScheme}.png`), fullPage: true });
    }
  }
}

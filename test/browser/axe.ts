import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { z } from 'zod';

const resultSchema = z.object({
  violations: z.array(
    z.object({
      id: z.string(),
      impact: z.string().nullish(),
      nodes: z.array(z.object({ html: z.string() })),
    }),
  ),
});

/** What axe-core finds serious or critical in the page, as "rule: element". */
export async function seriousViolations(page: Page): Promise<readonly string[]> {
  // As an expression of the developer tools, which the policy of the page does not concern.
  await page.evaluate(axe.source);
  const { violations } = resultSchema.parse(await page.evaluate("axe.run({ resultTypes: ['violations'] })"));
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

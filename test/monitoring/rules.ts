import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

export const MONITORING = join(import.meta.dirname, '../../docs/monitoring');
export const RULES_FILE = join(MONITORING, 'rules.yml');

const rulesSchema = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.object({
          alert: z.string(),
          expr: z.string(),
          annotations: z.object({ runbook_url: z.string() }),
        }),
      ),
    }),
  ),
});

/** The alerts in docs/monitoring/rules.yml. */
export const RULES = rulesSchema
  .parse(parse(readFileSync(RULES_FILE, 'utf8')))
  .groups.flatMap(({ rules }) => rules);

/** The metrics in a PromQL expression, without the suffixes of histograms. */
export const metricsIn = (expression: string): readonly string[] => [
  ...new Set(
    [...expression.matchAll(/\b(?:stamp_pool|gateway)_\w+/g)].map(([name]) =>
      name.replace(/_(?:bucket|sum|count)$/, ''),
    ),
  ),
];

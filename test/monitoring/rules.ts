import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { alertsIn } from '../../scripts/alerts-markdown.ts';

export const MONITORING = join(import.meta.dirname, '../../docs/monitoring');
export const RULES_FILE = join(MONITORING, 'rules.yml');

/** The alerts in docs/monitoring/rules.yml. */
export const RULES = alertsIn(readFileSync(RULES_FILE, 'utf8'));

/** The metrics in a PromQL expression, without the suffixes of histograms. */
export const metricsIn = (expression: string): readonly string[] => [
  ...new Set(
    [...expression.matchAll(/\b(?:stamp_pool|gateway)_\w+/g)].map(([name]) =>
      name.replace(/_(?:bucket|sum|count)$/, ''),
    ),
  ),
];

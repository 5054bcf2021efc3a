import { parse } from 'yaml';
import { z } from 'zod';

/** The alerts for Prometheus. Their runbooks are sections of the same document. */
export function alertsMarkdown(rulesFile: string): string {
  const { groups } = rulesSchema.parse(parse(rulesFile));
  const rows = groups.flatMap(({ rules }) =>
    rules.map(({ alert, for: wait = 'at once', labels, annotations }) => {
      const link = annotations.runbook_url.replace('docs/operating.md', '').replace('docs/', '');
      const meaning = `${annotations.summary} ${annotations.description}`.replace(
        /\{\{ \$labels\.(\w+) \}\}/g,
        '*$1*',
      );
      return `| \`${alert}\` | ${labels.severity} | ${wait} | ${meaning} | [what to do](${link}) |`;
    }),
  );
  return ['| alert | severity | after | meaning | |', '| --- | --- | --- | --- | --- |', ...rows].join('\n');
}

const rulesSchema = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.object({
          alert: z.string(),
          for: z.string().optional(),
          labels: z.object({ severity: z.string() }),
          annotations: z.object({ summary: z.string(), description: z.string(), runbook_url: z.string() }),
        }),
      ),
    }),
  ),
});

import { parse } from 'yaml';
import { z } from 'zod';

/** The alerts for Prometheus. Their runbooks are sections of the same document. */
export function alertsMarkdown(rulesFile: string): string {
  const rows = alertsIn(rulesFile).map(({ alert, for: wait = 'at once', labels, annotations }) => {
    const link = annotations.runbook_url.replace('docs/operating.md', '').replace('docs/', '');
    const meaning = `${annotations.summary} ${annotations.description}`.replace(
      /\{\{ \$labels\.(\w+) \}\}/g,
      '*$1*',
    );
    return `| \`${alert}\` | ${labels.severity} | ${wait} | ${meaning} | [what to do](${link}) |`;
  });
  return ['| alert | severity | after | meaning | |', '| --- | --- | --- | --- | --- |', ...rows].join('\n');
}

/** The alerts in the text of a file of rules. */
export const alertsIn = (rulesFile: string): readonly Alert[] =>
  rulesSchema.parse(parse(rulesFile)).groups.flatMap(({ rules }) => rules);

type Alert = z.infer<typeof rulesSchema>['groups'][number]['rules'][number];

const rulesSchema = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.object({
          alert: z.string(),
          expr: z.string(),
          for: z.string().optional(),
          labels: z.object({ severity: z.string() }),
          annotations: z.object({ summary: z.string(), description: z.string(), runbook_url: z.string() }),
        }),
      ),
    }),
  ),
});

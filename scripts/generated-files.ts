import { isAbstractType, lexicographicSortSchema } from 'graphql';
import { settingsMarkdown } from '../src/config/settings-table.ts';
import { INCIDENTS } from '../src/domain/incident.ts';
import { LOG_EVENTS } from '../src/domain/log-event.ts';
import { WEBHOOK_EVENTS } from '../src/domain/webhook-event.ts';
import { printedSchema } from '../src/graphql/printed-schema.ts';
import { createSchema } from '../src/graphql/schema.ts';
import { contract2026January } from '../src/rest/contract-2026-01.ts';
import { openApi } from '../src/rest/openapi.ts';
import { alertsMarkdown } from './alerts-markdown.ts';
import { costsMarkdown } from './costs-markdown.ts';
import { dashboardOperations } from './dashboard-operations.ts';
import { scopesMarkdown } from './scopes-markdown.ts';

/** Returns the text of a file in this repository. The path is relative to the root. */
type ReadCommitted = (file: string) => string;

/** Committed files that are generated from the code, by path. `npm run generate` writes them, and a test compares. */
export const generatedFiles = async (
  committed: ReadCommitted,
): Promise<Readonly<Record<string, string>>> => ({
  'schema.graphql': printedSchema(),
  'dashboard/generated/operations.ts': await dashboardOperations(
    printedSchema(),
    committed('dashboard/operations.graphql'),
  ),
  'openapi.json': `${JSON.stringify(openApi(contract2026January), null, 2)}\n`,
  'README.md': filled(committed('README.md'), { settings: settingsMarkdown() }),
  'docs/operating.md': filled(committed('docs/operating.md'), {
    costs: costsMarkdown(),
    incidents: incidentsMarkdown(),
    'log events': logEventsMarkdown(),
    alerts: alertsMarkdown(committed('docs/monitoring/rules.yml')),
  }),
  'docs/clients.md': filled(committed('docs/clients.md'), { 'possible types': possibleTypes() }),
  'docs/architecture.md': filled(committed('docs/architecture.md'), {
    'life of an order': tableIn(committed('src/domain/order.ts')),
    'life of a stamp': tableIn(committed('src/domain/stamp.ts')),
    'life of a webhook': tableIn(committed('src/domain/webhook-delivery.ts')),
  }),
  'docs/security.md': filled(committed('docs/security.md'), {
    scopes: scopesMarkdown(lexicographicSortSchema(createSchema())),
  }),
  'docs/webhooks.md': filled(committed('docs/webhooks.md'), { events: eventsMarkdown() }),
});

/** Replaces the text between `<!-- name -->` and `<!-- /name -->`. @throws if a pair of marks is missing. */
function filled(text: string, parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts).reduce((filling, [name, part]) => {
    const between = new RegExp(`(?<=<!-- ${name} -->\n).*(?=<!-- /${name} -->)`, 's');
    if (!between.test(filling))
      throw new Error(`the marks <!-- ${name} --> and <!-- /${name} --> are missing`);
    return filling.replace(between, () => `\n${part}\n\n`);
  }, text);
}

/** For a cache of a client: the types of each union and interface. */
function possibleTypes(): string {
  const schema = lexicographicSortSchema(createSchema());
  const types = Object.values(schema.getTypeMap()).filter(isAbstractType);
  const rows = types.map((type) => {
    const names = schema.getPossibleTypes(type).map(({ name }) => `"${name}"`);
    return `  "${type.name}": [${names.join(', ')}]`;
  });
  return `\`\`\`json\n{\n${rows.join(',\n')}\n}\n\`\`\``;
}

const incidentsMarkdown = (): string =>
  [
    '| code | severity | what happened | suggestion |',
    '| --- | --- | --- | --- |',
    ...Object.entries(INCIDENTS).map(
      ([code, { severity, sentence, suggestion }]) =>
        `| \`${code}\` | ${severity} | ${sentence} | ${suggestion} |`,
    ),
  ].join('\n');

const logEventsMarkdown = (): string =>
  [
    '| `event` | what happened |',
    '| --- | --- |',
    ...Object.entries(LOG_EVENTS).map(([event, meaning]) => `| \`${event}\` | ${meaning} |`),
  ].join('\n');

const eventsMarkdown = (): string =>
  Object.entries(WEBHOOK_EVENTS)
    .map(([type, { meaning, example }]) => {
      const body = JSON.stringify({ type, timestamp: EXAMPLE_TIME, data: example });
      return `### ${type}\n\n${meaning}\n\n\`\`\`json\n${body}\n\`\`\``;
    })
    .join('\n\n');

const EXAMPLE_TIME = '2026-03-01T12:00:00.000Z';

/** The table in the head comment of a source file, which the code below it implements. */
const tableIn = (source: string): string =>
  [...source.matchAll(/^ \* (\|.*\|)$/gm)].map(([, row = '']) => row).join('\n');

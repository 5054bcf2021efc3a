import { settingsMarkdown } from './config/settings-table.ts';
import { INCIDENTS } from './domain/incident.ts';
import { printedSchema } from './graphql/printed-schema.ts';
import { contract2026January } from './rest/contract-2026-01.ts';
import { openApi } from './rest/openapi.ts';

/** The text of a file of this repository, as it is now; the path is from its root. */
type ReadCommitted = (file: string) => string;

/** What is committed and yet printed from the code, by file. `npm run generate` writes it, a test compares. */
export const generatedFiles = (committed: ReadCommitted): Readonly<Record<string, string>> => ({
  'schema.graphql': printedSchema(),
  'openapi.json': `${JSON.stringify(openApi(contract2026January), null, 2)}\n`,
  'README.md': filled(committed('README.md'), { settings: settingsMarkdown() }),
  'docs/operating.md': filled(committed('docs/operating.md'), { incidents: incidentsMarkdown() }),
  'docs/architecture.md': filled(committed('docs/architecture.md'), {
    'life of an order': tableIn(committed('src/domain/order.ts')),
    'life of a stamp': tableIn(committed('src/domain/stamp.ts')),
  }),
});

/** Replaces what stands between `<!-- name -->` and `<!-- /name -->`. @throws when a pair of marks is missing. */
function filled(text: string, parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts).reduce((filling, [name, part]) => {
    const between = new RegExp(`(?<=<!-- ${name} -->\n).*(?=<!-- /${name} -->)`, 's');
    if (!between.test(filling))
      throw new Error(`the marks <!-- ${name} --> and <!-- /${name} --> are missing`);
    return filling.replace(between, () => `\n${part}\n\n`);
  }, text);
}

const incidentsMarkdown = (): string =>
  [
    '| code | severity | what happened | way out |',
    '| --- | --- | --- | --- |',
    ...Object.entries(INCIDENTS).map(
      ([code, { severity, sentence, wayOut }]) => `| \`${code}\` | ${severity} | ${sentence} | ${wayOut} |`,
    ),
  ].join('\n');

/** The table in the head comment of a source: the code under it is the same table for the compiler. */
const tableIn = (source: string): string =>
  [...source.matchAll(/^ \* (\|.*\|)$/gm)].map(([, row = '']) => row).join('\n');

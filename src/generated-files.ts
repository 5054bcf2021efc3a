import { settingsMarkdown } from './config/settings-table.ts';
import { printedSchema } from './graphql/printed-schema.ts';
import { contract2026January } from './rest/contract-2026-01.ts';
import { openApi } from './rest/openapi.ts';

const TABLE = /(?<=<!-- settings -->\n).*(?=<!-- \/settings -->)/s;

/** What is committed and yet printed from the code, by file. `npm run generate` writes it, a test compares. */
export const generatedFiles = (readme: string): Readonly<Record<string, string>> => ({
  'schema.graphql': printedSchema(),
  'openapi.json': `${JSON.stringify(openApi(contract2026January), null, 2)}\n`,
  'README.md': readme.replace(TABLE, () => `\n${settingsMarkdown()}\n\n`),
});

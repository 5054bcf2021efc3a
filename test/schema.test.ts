import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { printedSchema } from '../src/graphql/printed-schema.ts';

it('is committed as schema.graphql', () => {
  const committed = readFileSync(join(import.meta.dirname, '../schema.graphql'), 'utf8');
  expect(committed, 'schema.graphql has drifted from the code: `npm run generate` writes it anew').toBe(
    printedSchema(),
  );
});

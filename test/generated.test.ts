import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generatedFiles } from '../scripts/generated-files.ts';
import { SETTING_NAMES } from '../src/config/settings.ts';

const committed = (file: string): string => readFileSync(join(import.meta.dirname, '..', file), 'utf8');
const files = await generatedFiles(committed);

test.each(Object.entries(files))('%s is up to date (npm run generate)', (file, text) => {
  expect(committed(file)).toBe(text);
});

test('the README lists every setting', () => {
  const missing = SETTING_NAMES.filter((name) => !committed('README.md').includes(`| \`${name}\` |`));
  expect(missing).toEqual([]);
});

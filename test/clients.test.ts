import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { buildSchema, isAbstractType, isScalarType, isSpecifiedScalarType } from 'graphql';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { startTestApp } from './harness.ts';

const ROOT = join(import.meta.dirname, '..');
const document = readFileSync(join(ROOT, 'docs/clients.md'), 'utf8');
const schema = buildSchema(readFileSync(join(ROOT, 'schema.graphql'), 'utf8'));

/** By name. */
const examples = new Map(
  [...document.matchAll(/<!-- example: ([\w-]+) -->\n+```js\n(.*?)^```/gms)].map(
    ([, name = '', code = '']) => [name, code],
  ),
);

/** Apollo Client 3 is installed beside 4 under another name. In Node its modules need their file names. */
const forApollo3 = (code: string): string =>
  code
    .replace("'@apollo/client'", "'apollo-client-3/core/index.js'")
    .replaceAll(/'@apollo\/client\/([\w/]+)'/g, "'apollo-client-3/$1/index.js'");

test('the examples of docs/clients.md acquire, upload and watch the levels', async () => {
  await using app = await startTestApp({ env: { STAMP_POOL_RESERVE: '17:4' }, onNode: { 17: 4 } });
  await app.full();
  mkdirSync(join(ROOT, 'node_modules/.cache'), { recursive: true });
  const directory = mkdtempSync(join(ROOT, 'node_modules/.cache/examples-')); // where imports find the packages
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const all = new Map([...examples, ['apollo-3', forApollo3(examples.get('apollo') ?? '')]]);
  expect([...all.keys()]).toEqual(['apollo', 'urql', 'graphql-ws', 'graphql-sse', 'bee-js', 'apollo-3']);
  for (const [name, code] of all) writeFileSync(join(directory, `${name}.mjs`), code);
  const run = [...all.keys()].map((name) => `console.log('= ${name}'); await import('./${name}.mjs');`);
  writeFileSync(join(directory, 'all.mjs'), run.join('\n'));
  const child = spawn(process.execPath, [join(directory, 'all.mjs')], {
    env: { PATH: process.env['PATH'], STAMP_POOL_URL: app.url },
  });
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  expect(errors).toBe('');
  const printed = new Map(
    output
      .split('= ')
      .slice(1)
      .map((part) => [part.split('\n')[0], part]),
  );
  for (const name of ['apollo', 'urql', 'apollo-3']) {
    expect(printed.get(name)).toMatch(/batchId: '[0-9a-f]{64}'/);
    expect(printed.get(name)).toMatch(/totalAvailable: \d/);
  }
  for (const name of ['graphql-ws', 'graphql-sse']) expect(printed.get(name)).toMatch(/totalAvailable: \d/);
  expect(printed.get('bee-js')).toMatch(/^bee-js\n[0-9a-f]{64}\nhello, swarm\n/);
});

test('docs/clients.md names every scalar, also for Relay and Code Generator', () => {
  const names = Object.values(schema.getTypeMap())
    .filter((type) => isScalarType(type) && !isSpecifiedScalarType(type))
    .map(({ name }) => name);
  expect(names.length).toBeGreaterThan(4);
  for (const name of names) {
    expect(document).toContain(`| \`${name}\` |`);
    expect(document).toMatch(new RegExp(`"${name}": "(?:string|number)"`));
    expect(document).toMatch(new RegExp(`${name}: '(?:string|number)'`));
  }
});

test('the example of Apollo Client names every failure', () => {
  const failure = schema.getType('Failure');
  if (!isAbstractType(failure)) throw new TypeError('the schema has other types');
  const failures = schema.getPossibleTypes(failure).map(({ name }) => name);
  const [, list = ''] = /Failure: (\[[^\]]*\])/.exec(examples.get('apollo') ?? '') ?? [];
  const named = z.array(z.string()).parse(JSON.parse(list.replaceAll("'", '"').replace(/,\s*\]/, ']')));
  expect(named).toEqual(failures.toSorted());
});

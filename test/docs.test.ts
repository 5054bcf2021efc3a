import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, extname, join, relative } from 'node:path';
import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, it, test } from 'vitest';
import { z } from 'zod';
import { HOLD_MEANINGS } from '../src/domain/action.ts';
import { startTestApp } from './harness.ts';

const ROOT = join(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

const filesIn = (folder: string, endings: readonly string[]): readonly string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => endings.includes(extname(path)))
    .map((path) => join(folder, path));

const documents = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', ...filesIn('docs', ['.md'])];
const sources = ['src', 'test', 'bench', 'examples', 'scripts', 'migrations', 'docs/monitoring'].flatMap(
  (folder) => filesIn(folder, ['.ts', '.mjs', '.cjs', '.sql', '.yml', '.json']),
);

const CODE_BLOCK = /^```.*?^```$/gms;

/** The anchors of the headings, as GitHub generates them. */
const anchorsOf = (file: string): readonly string[] =>
  [
    ...read(file)
      .replace(CODE_BLOCK, '')
      .matchAll(/^#+ +(.+)$/gm),
  ].map(([, heading = '']) =>
    heading
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

/** Returns the fault in a reference such as docs/bee.md#ttl, or null if its target exists. */
function faultOf(reference: string): string | null {
  const [file = '', anchor] = reference.split('#');
  if (!existsSync(join(ROOT, file))) return `${reference}: there is no such file`;
  if (anchor === undefined || anchorsOf(file).includes(anchor)) return null;
  return `${reference}: the file has no such heading`;
}

const faultsOf = (references: readonly string[]): readonly string[] =>
  references.flatMap((reference) => faultOf(reference) ?? []);

const citationsIn = (text: string): readonly string[] =>
  [...text.matchAll(/\bdocs\/[\w/-]+\.md(?:#[\w-]+)?/g)].map(([citation]) => citation);

/** Links within the repository, relative to its root. */
const linksIn = (document: string): readonly string[] =>
  [
    ...read(document)
      .replace(CODE_BLOCK, '')
      .matchAll(/\]\(([^)\s]+)\)/g),
  ]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => (target.startsWith('#') ? document + target : join(dirname(document), target)));

/** Full paths of files in backticks. */
const filesNamedIn = (document: string): readonly string[] =>
  [...read(document).matchAll(/`((?:src|test|bench|docs|examples|migrations|scripts)\/[\w./-]+)`/g)].map(
    ([, path = '']) => path,
  );

describe('references', () => {
  it('are found', () => {
    expect(sources.flatMap((file) => citationsIn(read(file))).length).toBeGreaterThan(50);
    expect(documents.flatMap(linksIn).length).toBeGreaterThan(20);
  });

  it.each(sources.filter((file) => citationsIn(read(file)).length > 0))('in %s have a target', (file) => {
    expect(faultsOf(citationsIn(read(file)))).toEqual([]);
  });

  it.each(documents)('in %s have a target', (document) => {
    const references = [...citationsIn(read(document)), ...linksIn(document), ...filesNamedIn(document)];
    expect(faultsOf(references)).toEqual([]);
  });

  it('without a target are reported', () => {
    expect(faultsOf(['README.md#nowhere', 'NOTHING.md', 'README.md#settings'])).toEqual([
      'README.md#nowhere: the file has no such heading',
      'NOTHING.md: there is no such file',
    ]);
  });
});

test('the links of the documents in the npm package lead to files in the package', () => {
  const { files } = z.object({ files: z.array(z.string()) }).parse(JSON.parse(read('package.json')));
  const packed = [...files, 'README.md', 'LICENSE', 'package.json']; // npm adds the last three
  const isPacked = (path: string): boolean =>
    packed.some((entry) => path === entry || path.startsWith(`${entry}/`));
  const links = documents.filter(isPacked).flatMap(linksIn);
  expect(links.filter((link) => !isPacked(link.replace(/#.*/, '')))).toEqual([]);
});

test('the architecture document links to every decision', () => {
  const reached = linksIn('docs/architecture.md');
  const decisions = filesIn('docs/decisions', ['.md']).map((file) => relative('.', file));
  expect(decisions.filter((file) => !reached.includes(file))).toEqual([]);
});

test('the GraphQL documents in the commands are valid', () => {
  const schema = buildSchema(read('schema.graphql'));
  const bodies = documents.flatMap((file) => [...read(file).matchAll(/ -d '(\{"query":.*?\})'/g)]);
  expect(bodies.length).toBeGreaterThan(1);
  const errors = bodies.flatMap(([, body = '']) => {
    const { query } = z.object({ query: z.string() }).parse(JSON.parse(body));
    return validate(schema, parse(query)).map(({ message }) => message);
  });
  expect(errors).toEqual([]);
});

test('the example operations of GraphiQL are valid, and named for their tabs', () => {
  const schema = buildSchema(read('schema.graphql'));
  const examples = [...read('src/graphql/graphiql/page.js').matchAll(/query: `(.*?)`/gs)].map(
    ([, query = '']) => query,
  );
  expect(examples.length).toBeGreaterThan(3);
  for (const query of examples) {
    expect(validate(schema, parse(query)).map(({ message }) => message)).toEqual([]);
    expect(query).toMatch(/^# .+\n(?:query|mutation|subscription) [A-Z]/);
  }
});

test('the operating guide lists every hold', () => {
  const rows = read('docs/operating.md').split('\n');
  expect(
    Object.keys(HOLD_MEANINGS).filter((code) => !rows.some((row) => row.startsWith(`| \`${code}\` |`))),
  ).toEqual([]);
});

test('the operating guide lists the served metrics and no others', async () => {
  await using app = await startTestApp();
  const answer = await fetch(`${app.url}/metrics`);
  const namesIn = (text: string, pattern: RegExp): readonly string[] =>
    [...new Set([...text.matchAll(pattern)].map(([, name = '']) => name))].toSorted();
  const served = namesIn(await answer.text(), /^# HELP ((?:stamp_pool|gateway)_\w+)/gm);
  expect(served.length).toBeGreaterThan(10);
  expect(namesIn(read('docs/operating.md'), /^\| `((?:stamp_pool|gateway)_\w+)/gm)).toEqual(served);
});

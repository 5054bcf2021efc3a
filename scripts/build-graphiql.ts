import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { BUILT_GRAPHIQL } from '../src/graphql/serve-graphiql.ts';
import { replaceDirectory } from './replace-directory.ts';

/**
 * Takes the files that browsers load out of the packages, into dist/graphiql. The packages are needed for nothing else, and
 * are a quarter of node_modules. GraphiQL 4 is the last version that is one script: version 5 brings the Monaco editor, ten times as large.
 */
export async function buildGraphiql(): Promise<void> {
  await replaceDirectory(BUILT_GRAPHIQL, async (target) => {
    await mkdir(target, { recursive: true });
    for (const [name, [pack, path]] of Object.entries(FILES)) {
      const directory = dirname(resolve(`${pack}/package.json`));
      const text = withoutFonts(await readFile(join(directory, path), 'utf8'));
      await writeFile(join(target, name), text);
    }
  });
}

const { resolve } = createRequire(import.meta.url);

const FILES = {
  'react.js': ['react', 'umd/react.production.min.js'],
  'react-dom.js': ['react-dom', 'umd/react-dom.production.min.js'],
  'graphiql.js': ['graphiql', 'dist/index.umd.js'],
  'graphiql.css': ['graphiql', 'dist/style.css'],
} as const;

/** The fonts of GraphiQL's stylesheet are in data: URLs, which the policy does not allow. Its next choices are the system's. */
const withoutFonts = (text: string): string => text.replaceAll(/@font-face\s*\{[^}]*\}/g, '');

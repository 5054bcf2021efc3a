import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { build, type Plugin } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');

/**
 * Bundles the service into a few files below `directory`, which must be inside this repository: better-sqlite3 has a native
 * part and stays in node_modules, as OpenTelemetry does, which may not be installed. Returns the script to start.
 */
export async function bundleService(directory: string): Promise<string> {
  await build({
    entryPoints: { service: join(ROOT, 'src/main.ts') },
    outdir: directory,
    bundle: true,
    // What the service imports later stays in files of its own.
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    minifySyntax: true,
    minifyWhitespace: true,
    external: ['better-sqlite3', '@opentelemetry/*'],
    // Some dependencies are CommonJS, and require Node's modules.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
    plugins: [keepPaths(directory)],
    logLevel: 'warning',
  });
  const script = join(directory, 'main.js');
  await writeFile(script, MAIN);
  return script;
}

/** Without the flush, the cache would be written at the exit only, and not after a kill. */
const MAIN = `import { enableCompileCache, flushCompileCache } from 'node:module';
import { join } from 'node:path';
enableCompileCache(join(import.meta.dirname, 'compile-cache'));
setTimeout(flushCompileCache, 5000).unref();
await import('./service.js');
`;

/** Sources find other files relative to themselves. In the bundle the paths are relative to its directory. */
const keepPaths = (directory: string): Plugin => ({
  name: 'keep-paths',
  setup: (bundling) => {
    bundling.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const folder = JSON.stringify(`/${relative(directory, dirname(path))}`);
      const file = JSON.stringify(relative(directory, path));
      const contents = source
        .replaceAll('import.meta.dirname', `(import.meta.dirname + ${folder})`)
        .replaceAll('import.meta.url', `new URL(${file}, import.meta.url).href`);
      return { contents, loader: 'ts' };
    });
  },
});

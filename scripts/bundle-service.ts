import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { build, type Plugin } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');

/**
 * Bundles the service into a few files below `directory`, which must be inside this repository. The pages and styles that it
 * reads are beside `sources`: src/, or lib/ in an installed package. Not in the bundle: better-sqlite3 has a native
 * part and stays in node_modules, as OpenTelemetry does, which may not be installed. Returns the script to start.
 */
export async function bundleService(directory: string, sources = 'src'): Promise<string> {
  await bundle(directory, { entries: { service: 'src/main.ts' }, sources });
  const script = join(directory, 'main.js');
  const requireNode24 = await readFile(join(ROOT, 'scripts/require-node-24.cjs'), 'utf8');
  await writeFile(script, requireNode24 + MAIN);
  return script;
}

interface BundleOptions {
  /** The path of each entry in this repository, by its name in the bundle. */
  readonly entries: Readonly<Record<string, string>>;
  readonly sources?: string;
}

/** Bundles entries that share their files. */
export async function bundle(directory: string, { entries, sources = 'src' }: BundleOptions): Promise<void> {
  await build({
    entryPoints: entries,
    absWorkingDir: ROOT,
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
      js: "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);",
    },
    plugins: [keepPaths(directory, sources), requireBuiltins, leaveOutExemplars],
    logLevel: 'warning',
  });
}

/** Without the flush, the cache would be written at the exit only, and not after a kill. */
const MAIN = `const { enableCompileCache, flushCompileCache } = process.getBuiltinModule('node:module');
const { join } = process.getBuiltinModule('node:path');
enableCompileCache(join(import.meta.dirname, 'compile-cache'));
setTimeout(flushCompileCache, 5000).unref();
await import('./service.js');
`;

/** Sources find other files relative to themselves. In the bundle the paths are relative to its directory. */
const keepPaths = (directory: string, sources: string): Plugin => ({
  name: 'keep-paths',
  setup: (bundling) => {
    bundling.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const kept = join(ROOT, sources, relative(join(ROOT, 'src'), path));
      const folder = JSON.stringify(`/${relative(directory, dirname(kept))}`);
      const file = JSON.stringify(relative(directory, kept));
      const contents = source
        .replaceAll('import.meta.dirname', `(import.meta.dirname + ${folder})`)
        .replaceAll('import.meta.url', `new URL(${file}, import.meta.url).href`);
      return { contents, loader: 'ts' };
    });
  },
});

/**
 * Node's modules, as require returns them. An import reads all their exports, and some of these load more when they are read:
 * node:http has a WebSocket, with which all of Node's own fetch is loaded.
 */
const requireBuiltins: Plugin = {
  name: 'require-builtins',
  setup: (bundling) => {
    bundling.onResolve({ filter: /^node:/ }, ({ path, kind }) =>
      kind === 'import-statement' ? { path, namespace: 'builtin' } : { path, external: true },
    );
    // The bundle copies the descriptors of own properties, and some of these are made when their descriptor is read.
    bundling.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `const builtin = process.getBuiltinModule('${path}');
        module.exports = typeof builtin === 'function' ? builtin : Object.create(builtin);`,
    }));
  },
};

/** prom-client loads the API of OpenTelemetry, fifty files, for exemplars of its own metrics. The service has none of them. */
const leaveOutExemplars: Plugin = {
  name: 'leave-out-exemplars',
  setup: (bundling) => {
    bundling.onResolve({ filter: /^@opentelemetry\/api$/ }, ({ importer }) =>
      importer.includes('/prom-client/') ? { path: 'exemplars', namespace: 'left-out' } : null,
    );
    bundling.onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: 'module.exports = {};' }));
  },
};

import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { type StaticAsset, staticAsset } from '../static-asset.ts';

export interface BuiltDashboard {
  /** The scripts and styles by name. */
  readonly assets: ReadonlyMap<string, StaticAsset>;
  /** The GraphQL document whose result the page begins with. */
  readonly query: string;
  /** The page with its data. */
  pageWith(first: FirstData): string;
}

/** What the page shows first, before it has sent a request of its own. */
export interface FirstData {
  /** Whether the page may link to GraphiQL. */
  readonly graphiql: boolean;
  /** `token`: the page asks its user to sign in. */
  readonly access: 'open' | 'token';
  /** The result of the query of the page; null if there is none for a request without a token. */
  readonly data: unknown;
}

/** Where "npm run build:dashboard" writes. */
export const BUILT_DASHBOARD = join(import.meta.dirname, '../../dist/dashboard');

/** Whether "npm run build:dashboard" was run. */
export const isBuilt = (directory: string): boolean => existsSync(join(directory, PAGE_FILE));

/** Reads what "npm run build:dashboard" has made. */
export async function loadDashboard(directory: string): Promise<BuiltDashboard> {
  const names = await readdir(directory);
  const [before = '', after] = (await readFile(join(directory, PAGE_FILE), 'utf8')).split(DATA_MARK);
  if (after === undefined) throw new Error(`${join(directory, PAGE_FILE)} has no ${DATA_MARK}`);
  return {
    assets: new Map(await Promise.all(names.flatMap((name) => assetAt(directory, name) ?? []))),
    query: await readFile(join(directory, QUERY_FILE), 'utf8'),
    pageWith: (first) => before + inScript(first) + after,
  };
}

const TYPES: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.css': 'text/css' };

/** null for a file that is not served under its name. */
function assetAt(directory: string, name: string): Promise<[string, StaticAsset]> | null {
  const type = TYPES[extname(name)];
  if (type === undefined) return null;
  return readFile(join(directory, name)).then(async (content) => [name, await staticAsset(content, type)]);
}

const PAGE_FILE = 'index.html';
const QUERY_FILE = 'first-query.graphql';
const DATA_MARK = '"{{first}}"';

/** JSON in which no tag and no comment of HTML can begin or end. */
const inScript = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c');

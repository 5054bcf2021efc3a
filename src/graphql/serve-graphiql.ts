import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type StaticAsset, sendHashed, sendPage, staticAsset } from '../static-asset.ts';

/** Where "npm run build:dashboard" puts the files of GraphiQL and React. */
export const BUILT_GRAPHIQL = join(import.meta.dirname, '../../dist/graphiql');

const builtFile = (name: string): string => join(BUILT_GRAPHIQL, name);
const ownFile = (path: string): string => join(import.meta.dirname, 'graphiql', path);

const ASSETS = {
  'react.js': { file: builtFile('react.js'), type: 'text/javascript' },
  'react-dom.js': { file: builtFile('react-dom.js'), type: 'text/javascript' },
  'graphiql.js': { file: builtFile('graphiql.js'), type: 'text/javascript' },
  'graphiql.css': { file: builtFile('graphiql.css'), type: 'text/css' },
  'page.css': { file: ownFile('page.css'), type: 'text/css' },
  'page.js': { file: ownFile('page.js'), type: 'text/javascript' },
} as const;

interface Loaded {
  /** A hash of all assets. */
  readonly version: string;
  readonly page: StaticAsset;
  readonly assets: ReadonlyMap<string, StaticAsset>;
}

/** Answers a browser that opens the endpoint. */
export type SendPage = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

/**
 * GraphiQL as static files: read and compressed once, at the first request, and shared by all responses. The paths of
 * scripts and styles have a hash of their content, so that browsers keep them. null if they are not built.
 */
export function mountGraphiql(server: FastifyInstance): SendPage | null {
  if (!existsSync(BUILT_GRAPHIQL)) {
    server.log.warn('GraphiQL is not built, so /graphql has no page: run "npm run build:dashboard"');
    return null;
  }
  let loading: Promise<Loaded> | undefined;
  const loaded = (): Promise<Loaded> => (loading ??= load());
  server.get<{ Params: { version: string; name: string } }>(
    `${ASSETS_PATH}/:version/:name`,
    async (request, reply) => {
      const { version, assets } = await loaded();
      const asset = request.params.version === version && assets.get(request.params.name);
      if (!asset) return reply.code(404).send({ detail: 'Not Found' });
      return sendHashed(asset, request, reply);
    },
  );
  return async (request, reply) => sendPage((await loaded()).page, request, reply);
}

const ASSETS_PATH = '/graphiql';

async function load(): Promise<Loaded> {
  const assets = new Map<string, StaticAsset>();
  const hash = createHash('sha256');
  for (const [name, { file, type }] of Object.entries(ASSETS)) {
    const text = await readFile(file, 'utf8');
    hash.update(text);
    assets.set(name, await staticAsset(text, type));
  }
  const version = hash.digest('hex').slice(0, 16);
  const page = (await readFile(ownFile('page.html'), 'utf8')).replaceAll(
    '{{assets}}',
    `${ASSETS_PATH}/${version}`,
  );
  return { version, assets, page: await staticAsset(page, 'text/html') };
}

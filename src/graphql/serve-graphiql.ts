import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const { resolve } = createRequire(import.meta.url);
const fileOf = (name: string, path: string): string => join(dirname(resolve(`${name}/package.json`)), path);
const ownFile = (path: string): string => join(import.meta.dirname, 'graphiql', path);

/** GraphiQL 4, the last version that is one script: version 5 brings the Monaco editor, ten times as large. */
const ASSETS = {
  'react.js': { file: fileOf('react', 'umd/react.production.min.js'), type: 'text/javascript' },
  'react-dom.js': { file: fileOf('react-dom', 'umd/react-dom.production.min.js'), type: 'text/javascript' },
  'graphiql.js': { file: fileOf('graphiql', 'dist/index.umd.js'), type: 'text/javascript' },
  'graphiql.css': { file: fileOf('graphiql', 'dist/style.css'), type: 'text/css' },
  'page.css': { file: ownFile('page.css'), type: 'text/css' },
  'page.js': { file: ownFile('page.js'), type: 'text/javascript' },
} as const;

/** Scripts and styles of this origin only, none inline. The stylesheet of GraphiQL has its fonts and icons in data: URLs. */
const PAGE_POLICY =
  "default-src 'none';script-src 'self';style-src 'self';connect-src 'self';font-src data:;img-src 'self' data:;base-uri 'none';form-action 'none';frame-ancestors 'none'";

interface Asset {
  readonly type: string;
  readonly plain: Buffer;
  readonly compressed: Buffer;
}

interface Loaded {
  /** A hash of all assets. */
  readonly version: string;
  readonly page: Asset;
  readonly assets: ReadonlyMap<string, Asset>;
}

/** Answers a browser that opens the endpoint. */
export type SendPage = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

/**
 * GraphiQL as static files: read and compressed once, at the first request, and shared by all responses. The paths of
 * scripts and styles have a hash of their content, so that browsers keep them.
 */
export function mountGraphiql(server: FastifyInstance): SendPage {
  let loading: Promise<Loaded> | undefined;
  const loaded = (): Promise<Loaded> => (loading ??= load());
  server.get<{ Params: { version: string; name: string } }>(
    `${ASSETS_PATH}/:version/:name`,
    async (request, reply) => {
      const { version, assets } = await loaded();
      const asset = request.params.version === version && assets.get(request.params.name);
      if (!asset) return reply.code(404).send({ detail: 'Not Found' });
      return send(asset, request, reply.header('Cache-Control', 'public, max-age=31536000, immutable'));
    },
  );
  return async (request, reply) => {
    const { page } = await loaded();
    return send(
      page,
      request,
      reply.header('Content-Security-Policy', PAGE_POLICY).header('Cache-Control', 'no-cache'),
    );
  };
}

const ASSETS_PATH = '/graphiql';

async function load(): Promise<Loaded> {
  const assets = new Map<string, Asset>();
  const hash = createHash('sha256');
  for (const [name, { file, type }] of Object.entries(ASSETS)) {
    const plain = await readFile(file);
    hash.update(plain);
    assets.set(name, await assetOf(plain, type));
  }
  const version = hash.digest('hex').slice(0, 16);
  const page = (await readFile(ownFile('page.html'), 'utf8')).replaceAll(
    '{{assets}}',
    `${ASSETS_PATH}/${version}`,
  );
  return { version, assets, page: await assetOf(Buffer.from(page), 'text/html') };
}

const assetOf = async (plain: Buffer, type: string): Promise<Asset> => ({
  type: `${type}; charset=utf-8`,
  plain,
  compressed: await promisify(gzip)(plain, { level: 9 }),
});

function send(
  { type, plain, compressed }: Asset,
  { headers }: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  reply.type(type).header('Vary', 'Accept-Encoding');
  if (!/\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:,|$))/i.test(headers['accept-encoding'] ?? ''))
    return reply.send(plain);
  return reply.header('Content-Encoding', 'gzip').send(compressed);
}

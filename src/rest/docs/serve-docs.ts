// This folder shows the OpenAPI document as a page.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { type StaticAsset, sendHashed, sendPage, staticAsset } from '../../static-asset.ts';
import { parseDocument } from './document.ts';
import { docsPage } from './page.ts';

/**
 * The OpenAPI document for people. The page is rendered once, at the first request, and has no scripts: a viewer such as
 * Swagger UI is megabytes of them, for four operations.
 */
export function mountDocs(server: FastifyInstance, { json, paths }: DocsParts): void {
  let rendering: Promise<Rendered> | undefined;
  const rendered = (): Promise<Rendered> => (rendering ??= render({ json, paths }));
  server.get(paths.docs, async (request, reply) => sendPage((await rendered()).page, request, reply));
  server.get<{ Params: { version: string } }>(`${paths.docs}/:version/page.css`, async (request, reply) => {
    const { version, stylesheet } = await rendered();
    if (request.params.version !== version) return reply.code(404).send({ detail: 'Not Found' });
    return sendHashed(stylesheet, request, reply);
  });
  for (const path of GATEWAY_PATHS) server.get(path, (_request, reply) => reply.redirect(paths.docs));
}

/** Where the Python gateway had its two viewers. */
const GATEWAY_PATHS = ['/docs', '/redoc'];

interface DocsParts {
  /** The text of the OpenAPI document. Called once, at the first request. */
  readonly json: () => string;
  readonly paths: { readonly docs: string; readonly openApi: string };
}

interface Rendered {
  /** A hash of the stylesheet. */
  readonly version: string;
  readonly page: StaticAsset;
  readonly stylesheet: StaticAsset;
}

async function render({ json, paths }: DocsParts): Promise<Rendered> {
  const css = await readFile(join(import.meta.dirname, 'page.css'));
  const version = createHash('sha256').update(css).digest('hex').slice(0, 16);
  const links = { stylesheet: `${paths.docs}/${version}/page.css`, openApi: paths.openApi };
  const page = docsPage(parseDocument(JSON.parse(json())), links);
  return {
    version,
    page: await staticAsset(page, 'text/html'),
    stylesheet: await staticAsset(css, 'text/css'),
  };
}

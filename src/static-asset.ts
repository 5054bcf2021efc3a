import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** A file for browsers, compressed once. */
export interface StaticAsset {
  readonly type: string;
  readonly plain: Buffer;
  readonly compressed: Buffer;
}

export const staticAsset = async (content: string | Buffer, type: string): Promise<StaticAsset> => {
  const plain = Buffer.from(content);
  return {
    type: `${type}; charset=utf-8`,
    plain,
    compressed: await promisify(gzip)(plain, { level: 9 }),
  };
};

/** A page: its policy lets it load scripts and styles of this origin only, none inline. Without a Cache-Control of its own, it is revalidated. */
export const sendPage = (page: StaticAsset, request: FastifyRequest, reply: FastifyReply): FastifyReply =>
  send(
    page,
    request,
    reply
      .header('Content-Security-Policy', PAGE_POLICY)
      .header('Cache-Control', reply.getHeader('Cache-Control') ?? 'no-cache'),
  );

/** A file whose path has a hash of its content, so that browsers keep it. */
export const sendHashed = (asset: StaticAsset, request: FastifyRequest, reply: FastifyReply): FastifyReply =>
  send(asset, request, reply.header('Cache-Control', 'public, max-age=31536000, immutable'));

export const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

function send(
  { type, plain, compressed }: StaticAsset,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  addVary(reply.type(type), 'Accept-Encoding');
  if (request.accepts().encoding(['gzip', 'identity']) !== 'gzip') return reply.send(plain);
  return reply.header('Content-Encoding', 'gzip').send(compressed);
}

/** States that the response depends on a header of the request, beside those that it is known to depend on. */
export const addVary = (reply: FastifyReply, name: string): FastifyReply =>
  reply.header('Vary', [reply.getHeader('Vary') ?? [], name].flat().join(', '));

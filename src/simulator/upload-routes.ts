import type { Content, ContentStore } from './content.ts';
import type { Issuer } from './issuers.ts';
import type { BeeNode } from './node.ts';
import { Params } from './params.ts';
import { type ParsedRequest, variable, withQueryOf } from './request.ts';
import { binary, json, movedTo, problem, type SimResponse } from './response.ts';
import type { Route } from './router.ts';
import type { Tag, Tags } from './tags.ts';

/** Uploads and downloads, so that a client can use a stamp. References are not Swarm hashes. */
export function uploadRoutes(parts: UploadRoutesParts): Route[] {
  const middleware = { business: true };
  const data = (request: ParsedRequest): SimResponse => download(parts, request);
  const file = (request: ParsedRequest): SimResponse => downloadFile(parts, request);
  return [
    { path: '/bytes', middleware, methods: { POST: (request) => uploadBytes(parts, request) } },
    { path: '/bytes/:address', middleware, methods: { GET: data, HEAD: data } },
    { path: '/chunks', middleware, methods: { POST: (request) => uploadChunk(parts, request) } },
    { path: '/chunks/:address', middleware, methods: { GET: data, HEAD: data } },
    { path: '/bzz', middleware, methods: { POST: (request) => uploadFile(parts, request) } },
    {
      path: '/bzz/:address',
      middleware,
      methods: { ANY: (request) => movedTo(308, withQueryOf(request, `${request.path}/`)) },
    },
    { path: '/bzz/:address/:path*', middleware, methods: { GET: file, HEAD: file } },
  ];
}

export interface UploadRoutesParts {
  readonly node: BeeNode;
  readonly contents: ContentStore;
  readonly tags: Tags;
}

const CHUNK_BYTES = 4096;
const SPAN_BYTES = 8;
const OCTETS = 'application/octet-stream';
const COLLECTION_TYPES = /^(application\/x-tar|multipart\/form-data)/;

function uploadBytes(parts: UploadRoutesParts, request: ParsedRequest): SimResponse {
  const parsed = parseUpload(parts, request);
  return 'status' in parsed ? parsed : upload(parts, { bytes: request.body }, parsed);
}

function uploadFile(parts: UploadRoutesParts, request: ParsedRequest): SimResponse {
  const parsed = parseUpload(parts, request);
  if ('status' in parsed) return parsed;
  const contentType = request.headers['content-type'] ?? '';
  if (request.headers['swarm-collection'] === 'true' || COLLECTION_TYPES.test(contentType)) {
    return problem(500, 'the simulator does not accept collections'); // a real node does
  }
  const name = request.query.get('name') || parts.contents.put({ bytes: request.body });
  const file = { name, contentType: contentType || OCTETS };
  const response = upload(parts, { bytes: request.body, file }, parsed);
  if (response.status !== 201) return response;
  const { reference }: { reference: string } = JSON.parse(response.body);
  return { ...response, headers: { ...response.headers, etag: `"${reference}"` } };
}

/** A chunk is a span of 8 bytes and its data. Unlike other uploads it does not create a tag. */
function uploadChunk(parts: UploadRoutesParts, request: ParsedRequest): SimResponse {
  const { 'swarm-postage-batch-id': batch = '', 'swarm-postage-stamp': stamp = '' } = request.headers;
  if (batch === '' && stamp === '') {
    return problem(
      400,
      "Either 'Swarm-Postage-Stamp' or 'Swarm-Postage-Batch-Id' header must be set in the request",
    );
  }
  const parsed = parseUpload(parts, request, request.headers['swarm-tag'] !== undefined);
  if ('status' in parsed) return parsed;
  if (request.body.length < SPAN_BYTES) return problem(400, 'insufficient data length');
  return upload(parts, { bytes: request.body }, parsed);
}

interface Upload {
  readonly issuer: Issuer;
  readonly tag: Tag | undefined;
}

/** Checks in Bee's order: headers, tag, batch. */
function parseUpload(
  { node, tags }: UploadRoutesParts,
  request: ParsedRequest,
  tagged = true,
): Upload | SimResponse {
  const given = request.headers['swarm-postage-batch-id'] ?? '';
  const params = new Params();
  const uid = params.number(request.headers['swarm-tag'] ?? '0', 'Swarm-Tag');
  const batchId = params.hex(given, 'Swarm-Postage-Batch-Id');
  if (params.reasons.length === 0 && given === '') {
    params.reasons.push({ field: 'swarm-postage-batch-id', error: 'want required:' });
  }
  if (params.reasons.length > 0) return problem(400, 'invalid header params', params.reasons);
  const tag = uid === 0 ? undefined : tags.get(uid);
  if (uid !== 0 && tag === undefined) return problem(404, 'tag not found');
  const issuer = node.issuers.get(batchId);
  if (issuer === undefined) return problem(404, 'batch with id not found');
  if (!node.usable(issuer) || node.store.get(batchId) === undefined) {
    return problem(422, 'batch not usable yet or does not exist');
  }
  return { issuer, tag: tagged ? (tag ?? tags.create()) : undefined };
}

function upload(
  { node, contents }: UploadRoutesParts,
  content: Content,
  { issuer, tag }: Upload,
): SimResponse {
  const chunks = Math.max(1, Math.ceil(content.bytes.length / CHUNK_BYTES));
  const reference = contents.put(content);
  for (let i = 0; i < chunks; i++) {
    if (!node.issuers.stamp(issuer, `${reference}/${i}`)) return problem(402, 'batch is overissued');
  }
  if (tag) Object.assign(tag, { chunks: tag.chunks + chunks, address: reference });
  const response = json(201, { reference });
  const headers = {
    ...response.headers,
    'access-control-expose-headers': 'Swarm-Tag',
    ...(tag && { 'swarm-tag': String(tag.uid) }),
  };
  return { ...response, headers };
}

function download({ contents }: UploadRoutesParts, request: ParsedRequest): SimResponse {
  const found = find(contents, request);
  return 'status' in found ? found : binary(found.bytes, { 'content-type': OCTETS });
}

function downloadFile({ contents }: UploadRoutesParts, request: ParsedRequest): SimResponse {
  const found = find(contents, request);
  if ('status' in found) return found;
  const { file } = found;
  if (file === undefined) return problem(404, 'Not Found');
  const path = variable(request, 'path');
  if (path !== '' && path !== file.name) return problem(404, 'path address not found');
  return binary(found.bytes, {
    'content-type': file.contentType,
    'content-disposition': `inline; filename="${baseName(file.name).replaceAll(/["\\]/g, '\\$&')}"`,
    etag: `"${variable(request, 'address')}"`,
  });
}

function find(contents: ContentStore, request: ParsedRequest): Content | SimResponse {
  const params = new Params();
  const reference = params.hex(variable(request, 'address'), 'address');
  if (params.reasons.length > 0) return problem(400, 'invalid path params', params.reasons);
  return contents.get(reference) ?? problem(404, 'Not Found');
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

import type { Content, ContentStore } from './content.ts';
import type { Issuer } from './issuers.ts';
import type { BeeNode } from './node.ts';
import { Params } from './params.ts';
import type { Call } from './request.ts';
import { sameQuery, variable } from './request.ts';
import type { SimResponse } from './response.ts';
import { binary, json, movedTo, problem } from './response.ts';
import type { Route } from './router.ts';
import type { Tag, Tags } from './tags.ts';

export interface UploadRoutesParts {
  readonly node: BeeNode;
  readonly contents: ContentStore;
  readonly tags: Tags;
}

/** Enough of uploading and downloading that a client can use a stamp. References are not Swarm's. */
export function uploadRoutes(parts: UploadRoutesParts): Route[] {
  const gates = { business: true };
  const data = (call: Call): SimResponse => download(parts, call);
  const file = (call: Call): SimResponse => downloadFile(parts, call);
  return [
    { path: '/bytes', gates, methods: { POST: (call) => uploadBytes(parts, call) } },
    { path: '/bytes/:address', gates, methods: { GET: data, HEAD: data } },
    { path: '/chunks', gates, methods: { POST: (call) => uploadChunk(parts, call) } },
    { path: '/chunks/:address', gates, methods: { GET: data, HEAD: data } },
    { path: '/bzz', gates, methods: { POST: (call) => uploadFile(parts, call) } },
    {
      path: '/bzz/:address',
      gates,
      methods: { ANY: (call) => movedTo(308, sameQuery(call, `${call.path}/`)) },
    },
    { path: '/bzz/:address/:path*', gates, methods: { GET: file, HEAD: file } },
  ];
}

const CHUNK_BYTES = 4096;
const SPAN_BYTES = 8;
const OCTETS = 'application/octet-stream';
const COLLECTION_TYPES = /^(application\/x-tar|multipart\/form-data)/;

function uploadBytes(parts: UploadRoutesParts, call: Call): SimResponse {
  const given = parseUpload(parts, call);
  return 'status' in given ? given : upload(parts, { bytes: call.body }, given);
}

function uploadFile(parts: UploadRoutesParts, call: Call): SimResponse {
  const given = parseUpload(parts, call);
  if ('status' in given) return given;
  const contentType = call.headers['content-type'] ?? '';
  if (call.headers['swarm-collection'] === 'true' || COLLECTION_TYPES.test(contentType)) {
    return problem(500, 'the simulator takes no collections'); // a real node does
  }
  const name = call.query.get('name') || parts.contents.put({ bytes: call.body });
  const file = { name, contentType: contentType || OCTETS };
  const answer = upload(parts, { bytes: call.body, file }, given);
  if (answer.status !== 201) return answer;
  const { reference }: { reference: string } = JSON.parse(answer.body);
  return { ...answer, headers: { ...answer.headers, etag: `"${reference}"` } };
}

/** A chunk is a span of 8 bytes and its data; unlike the others it makes no tag of its own. */
function uploadChunk(parts: UploadRoutesParts, call: Call): SimResponse {
  const { 'swarm-postage-batch-id': batch = '', 'swarm-postage-stamp': stamp = '' } = call.headers;
  if (batch === '' && stamp === '') {
    return problem(
      400,
      "Either 'Swarm-Postage-Stamp' or 'Swarm-Postage-Batch-Id' header must be set in the request",
    );
  }
  const given = parseUpload(parts, call, call.headers['swarm-tag'] !== undefined);
  if ('status' in given) return given;
  if (call.body.length < SPAN_BYTES) return problem(400, 'insufficient data length');
  return upload(parts, { bytes: call.body }, given);
}

interface Upload {
  readonly issuer: Issuer;
  readonly tag: Tag | undefined;
}

/** In Bee's order: headers, tag, batch. */
function parseUpload({ node, tags }: UploadRoutesParts, call: Call, tagged = true): Upload | SimResponse {
  const given = call.headers['swarm-postage-batch-id'] ?? '';
  const params = new Params();
  const uid = params.number(call.headers['swarm-tag'] ?? '0', 'Swarm-Tag');
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
  const answer = json(201, { reference });
  const headers = {
    ...answer.headers,
    'access-control-expose-headers': 'Swarm-Tag',
    ...(tag && { 'swarm-tag': String(tag.uid) }),
  };
  return { ...answer, headers };
}

function download({ contents }: UploadRoutesParts, call: Call): SimResponse {
  const found = find(contents, call);
  return 'status' in found ? found : binary(found.bytes, { 'content-type': OCTETS });
}

function downloadFile({ contents }: UploadRoutesParts, call: Call): SimResponse {
  const found = find(contents, call);
  if ('status' in found) return found;
  const { file } = found;
  if (file === undefined) return problem(404, 'Not Found');
  const path = variable(call, 'path');
  if (path !== '' && path !== file.name) return problem(404, 'path address not found');
  return binary(found.bytes, {
    'content-type': file.contentType,
    'content-disposition': `inline; filename="${baseName(file.name).replaceAll(/["\\]/g, '\\$&')}"`,
    etag: `"${variable(call, 'address')}"`,
  });
}

function find(contents: ContentStore, call: Call): Content | SimResponse {
  const params = new Params();
  const reference = params.hex(variable(call, 'address'), 'address');
  if (params.reasons.length > 0) return problem(400, 'invalid path params', params.reasons);
  return contents.get(reference) ?? problem(404, 'Not Found');
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

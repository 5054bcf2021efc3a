import { Params } from './params.ts';
import { type ParsedRequest, variable } from './request.ts';
import { json, problem, type SimResponse } from './response.ts';
import type { Route } from './router.ts';
import type { Tag, Tags } from './tags.ts';

const DEFAULT_LIMIT = 100;

/** The routes of tags, with which clients observe uploads. */
export function tagRoutes(tags: Tags): Route[] {
  const middleware = { business: true };
  return [
    {
      path: '/tags',
      middleware,
      methods: { GET: (request) => list(tags, request), POST: () => json(201, body(tags.create())) },
    },
    {
      path: '/tags/:id',
      middleware,
      methods: {
        GET: (request) => withTag(tags, request, (tag) => json(200, body(tag))),
        DELETE: (request) => withTag(tags, request, (tag) => remove(tags, tag)),
        PATCH: (request) => withTag(tags, request, (tag) => done(tag, request)),
      },
    },
  ];
}

function list(tags: Tags, { query }: ParsedRequest): SimResponse {
  const params = new Params();
  const offset = params.number(query.get('offset') ?? '0', 'offset');
  const limit = params.number(query.get('limit') ?? String(DEFAULT_LIMIT), 'limit');
  if (params.reasons.length > 0) return problem(400, 'invalid query params', params.reasons);
  return json(200, { tags: tags.list(offset, limit).map(body) });
}

function withTag(tags: Tags, request: ParsedRequest, respond: (tag: Tag) => SimResponse): SimResponse {
  const params = new Params();
  const uid = params.number(variable(request, 'id'), 'id');
  if (params.reasons.length > 0) return problem(400, 'invalid path params', params.reasons);
  const tag = tags.get(uid);
  return tag ? respond(tag) : problem(404, 'tag not present');
}

function remove(tags: Tags, { uid }: Tag): SimResponse {
  tags.delete(uid);
  return { status: 204, headers: {}, body: '' };
}

function done(tag: Tag, { body: text }: ParsedRequest): SimResponse {
  try {
    const parsed: unknown = text === '' ? {} : JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null) throw new SyntaxError('not an object');
    if ('address' in parsed && typeof parsed.address === 'string') tag.address = parsed.address;
    return json(200, { code: 200, message: 'ok' });
  } catch {
    return problem(500, 'error unmarshaling metadata');
  }
}

/** On a real node with peers, chunks are synced soon after they are split. Here they are synced at once. */
function body({ uid, startedAt, chunks, address }: Tag): unknown {
  return {
    split: chunks,
    seen: 0,
    stored: 0,
    sent: chunks,
    synced: chunks,
    uid,
    address,
    startedAt: startedAt.toISOString(),
  };
}

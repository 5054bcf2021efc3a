import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AccessError, clientGone } from '../domain/access-error.ts';
import type { Session } from '../domain/caller.ts';
import { accessExtensions } from './access-extensions.ts';
import { GRAPHQL_PATH, type GraphqlParts, type Yoga } from './context.ts';
import { EVENT_STREAM, eventStream } from './event-stream.ts';
import type { GraphqlExecution } from './execution.ts';
import { BadRequestError, checkParameters, readJson } from './request-text.ts';
import { mountGraphiql } from './serve-graphiql.ts';
import type { SharedSubscription } from './shared-subscription.ts';

export interface MountedHttp {
  /** Destroys the open event streams. */
  destroyStreams(): void;
}

/** GraphQL over HTTP and server-sent events. Fastify reads the body, within its limit; Yoga interprets it. */
export async function mountHttp(
  server: FastifyInstance,
  execution: () => Promise<GraphqlExecution>,
  { operations, sessionOf, originOf, graphiql, start }: GraphqlParts,
): Promise<MountedHttp> {
  const sendPage = graphiql ? mountGraphiql(server) : null;
  const sendsPage = (request: FastifyRequest): boolean => sendPage !== null && wantsPage(request);
  const open = new OpenStreams();
  await server.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    // JSON only: a browser sends text/plain and forms to another origin without a preflight request, but JSON only
    // after one, which fails.
    scope.addContentTypeParser('application/json', { parseAs: 'buffer' }, readJson);
    scope.setErrorHandler<FastifyError>((error, _request, reply) => sendError(error, reply));
    scope.route({
      url: GRAPHQL_PATH,
      method: ['GET', 'POST'],
      config: { sendsPage },
      handler: async (request, reply) => {
        if (sendPage && sendsPage(request)) return await sendPage(request, reply);
        const { yoga, known, streams, lanes, pool } = await execution();
        const { method, url, headers, body } = request;
        const session = sessionOf(request);
        const { caller, rate } = session;
        const context = { pool, operations, caller, rate, origin: originOf(request) };
        const plain = { method, url, accept: headers.accept, body };
        const operation = known?.find(plain) ?? null;
        await start(operation?.kind ?? lanes.ofBody(body), request);
        const answer = operation && (await known?.answer(operation, context));
        if (answer) {
          if (request.raw.socket.destroyed) throw clientGone();
          return reply.code(answer.status).headers(answer.headers).send(answer.text);
        }
        const events = await streams?.join(plain, context);
        if (events) return await open.sendEvents(events, { request, reply, session });
        const response = await yoga.fetch(requestForYoga(yoga, request, reply), context);
        if (request.raw.socket.destroyed) {
          await discard(response);
          throw clientGone();
        }
        if (response.status === 406) throw notAcceptable(response, reply);
        const isStream = response.headers.get('content-type') === EVENT_STREAM;
        if (isStream) keepUnbuffered(response);
        if (request.method === 'HEAD') return await sendHead(response, reply);
        if (isStream) open.add(reply, session);
        return reply.send(response);
      },
    });
    done();
  });
  return open;
}

class OpenStreams implements MountedHttp {
  readonly #open = new Set<ServerResponse>();

  /** Until the response is closed. It is destroyed when its session ends. */
  add({ raw }: FastifyReply, session: Pick<Session, 'onEnd'>): void {
    this.#open.add(raw);
    const stopListening = session.onEnd(() => raw.destroy());
    raw.once('close', () => {
      this.#open.delete(raw);
      stopListening();
    });
  }

  async sendEvents(
    events: SharedSubscription,
    { request, reply, session }: Streaming,
  ): Promise<FastifyReply> {
    if (request.raw.socket.destroyed) {
      await events.return();
      throw clientGone();
    }
    this.add(reply, session);
    return reply.headers(STREAM_HEADERS).send(eventStream(events, () => reply.raw.writableLength));
  }

  destroyStreams(): void {
    for (const stream of this.#open) stream.destroy();
  }
}

interface Streaming {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly session: Pick<Session, 'onEnd'>;
}

/** They keep proxies from buffering or compressing events. */
const UNBUFFERED = { 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no' } as const;

const STREAM_HEADERS = { 'content-type': EVENT_STREAM, connection: 'keep-alive', ...UNBUFFERED } as const;

/** A browser that opens the endpoint; a query in the URL is answered with its result. */
const wantsPage = ({ method, headers, url }: FastifyRequest): boolean =>
  method !== 'POST' && /\btext\/html\b/i.test(headers.accept ?? '') && !/[?&]query=/.test(url);

/**
 * The request that Yoga gets. Yoga compares media types case-sensitively and answers HEAD with an error. Its own adapter
 * for Node lists the keys of the body, which are all its characters: 30 ms for a long one.
 */
function requestForYoga(yoga: Yoga, { method, url, headers, body }: FastifyRequest, reply: FastifyReply) {
  const search = url.includes('?') ? url.slice(url.indexOf('?')) : '';
  if (method !== 'POST') checkParameters(new URLSearchParams(search));
  else if (typeof body !== 'string') throw new BadRequestError(415, NOT_JSON);
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort(clientGone()); // Yoga fails with it
  });
  return new yoga.fetchAPI.Request(`http://localhost${GRAPHQL_PATH}${search}`, {
    method: method === 'HEAD' ? 'GET' : method,
    headers: { accept: (headers.accept ?? '*/*').toLowerCase(), 'content-type': 'application/json' },
    signal: gone.signal,
    ...(method === 'POST' && typeof body === 'string' ? { body } : {}),
  });
}

/** The headers of the GET. */
async function sendHead(response: Response, reply: FastifyReply): Promise<FastifyReply> {
  await discard(response);
  reply.code(response.status);
  for (const [name, value] of response.headers) reply.header(name, value);
  return reply.send(Readable.from([])); // without a Content-Length of its own
}

/** Ends what the body comes from. Yoga subscribes at the first read, and a stream that was never read cannot be cancelled. */
async function discard({ body }: Response): Promise<void> {
  const reader = body?.getReader();
  await reader?.read();
  await reader?.cancel();
}

/** Yoga's own response names the media types in a header only, once for each type that was asked for. */
function notAcceptable({ headers }: Response, reply: FastifyReply): BadRequestError {
  const types = (headers.get('accept') ?? 'application/json').split(', ');
  const available = [...new Set(types.map((type) => type.replace('; charset=utf-8', '')))].join(', ');
  reply.header('Accept', available);
  return new BadRequestError(406, `The header Accept must name one of: ${available}`);
}

function keepUnbuffered({ headers }: Response): void {
  for (const [name, value] of Object.entries(UNBUFFERED)) headers.set(name, value);
  headers.delete('Content-Encoding'); // Yoga sends "none", which is not a content coding.
}

const NOT_JSON = 'Send the request as application/json.';

const MESSAGES: Readonly<Record<string, string>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'The request is too large.',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: NOT_JSON,
};

function sendError(error: FastifyError, reply: FastifyReply): FastifyReply {
  const status = error.statusCode ?? 500;
  if (status >= 500 && !(error instanceof AccessError)) throw error;
  const message = MESSAGES[error.code] ?? error.message;
  return reply
    .code(status)
    .type('application/json')
    .send(JSON.stringify({ errors: [{ message, extensions: extensionsOf(error) }] }));
}

const extensionsOf = (error: FastifyError): Readonly<Record<string, unknown>> =>
  error instanceof AccessError ? accessExtensions(error) : { code: 'BAD_REQUEST' };

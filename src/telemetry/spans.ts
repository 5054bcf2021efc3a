import {
  type Attributes,
  context,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { FastifyInstance } from 'fastify';
import type { Send } from '../bee/transport.ts';
import { withoutUserInfo } from '../config/secret-url.ts';
import type { Pool } from '../pool/pool.ts';
import type { Store } from '../store/store.ts';
import type { Trace } from '../trace.ts';

const tracer = trace.getTracer('stamp-pool');
const MAX_MESSAGE_LENGTH = 500;

/** A WeakMap would keep what belongs to a request until a major garbage collection: docs/performance.md#traps. */
const SPAN = Symbol('span');

declare module 'fastify' {
  interface FastifyRequest {
    /** null before the first hook. */
    [SPAN]: Span | null;
  }
}

export const traceStep: Trace = async (name, step) => await inSpan(name, {}, step);

/** One span per request, within the trace of its traceparent. Without one, the request gets that of the new trace, for the log. */
export function traceRequests(app: FastifyInstance): void {
  app.decorateRequest(SPAN, null);
  app.addHook('onRequest', (request, _reply, done) => {
    const parent = propagation.extract(context.active(), request.headers);
    const route = request.routeOptions.url ?? 'unmatched';
    const attributes = {
      'http.request.method': request.method,
      'http.route': route,
      'stamp_pool.request_id': request.id,
    };
    const span = tracer.startSpan(
      `${request.method} ${route}`,
      { kind: SpanKind.SERVER, attributes },
      parent,
    );
    request[SPAN] = span;
    const within = trace.setSpan(parent, span);
    if (trace.getSpanContext(parent) === undefined) propagation.inject(within, request.headers);
    context.with(within, done);
  });
  app.addHook('onResponse', (request, { statusCode }, done) => {
    const span = request[SPAN];
    span?.setAttribute('http.response.status_code', statusCode);
    if (statusCode >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
    span?.end();
    done();
  });
}

/** One span per request to Bee. Its name has the first part of the path only, and its path no query. */
export const traceSend =
  (send: Send): Send =>
  async (request) => {
    const { method, path } = request;
    const [plainPath = ''] = path.split('?');
    const attributes = { 'http.request.method': method, 'url.path': plainPath };
    const name = `Bee ${method} /${plainPath.split('/')[1] ?? ''}`;
    return await inSpan(name, { kind: SpanKind.CLIENT, attributes }, async (span) => {
      const answer = await send(request);
      span.setAttribute('http.response.status_code', answer.status);
      if (answer.status >= 400) span.setStatus({ code: SpanStatusCode.ERROR });
      return answer;
    });
  };

/** Each commit of acquisitions is a span of the first request in it. */
export function traceStore(store: Store): Store {
  const acquire: Store['acquire'] = async (requests, moment) =>
    await inSpan(
      'commit',
      { attributes: { 'stamp_pool.requests': requests.length } },
      async () => await store.acquire(requests, moment),
    );
  return new Proxy(store, {
    get: (target, key) => {
      if (key === 'acquire') return acquire;
      const member: unknown = Reflect.get(target, key);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

export const tracePool = (pool: Pool): Pool => ({
  ...pool,
  acquire: async (input, caller, origin) =>
    await inSpan('acquire', {}, async (span) => {
      const result = await pool.acquire(input, caller, origin);
      span.setAttribute('stamp_pool.outcome', result.is);
      if (result.is === 'acquired') {
        const { batchId, askedDepth, givenDepth } = result.acquisition;
        span.setAttributes({
          'stamp_pool.batch_id': batchId,
          'stamp_pool.asked_depth': askedDepth,
          'stamp_pool.given_depth': givenDepth,
        });
      }
      return result;
    }),
});

interface SpanSettings {
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
}

async function inSpan<Result>(
  name: string,
  settings: SpanSettings,
  work: (span: Span) => Promise<Result>,
): Promise<Result> {
  return await tracer.startActiveSpan(name, settings, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      const message = withoutUserInfo(String(error)).slice(0, MAX_MESSAGE_LENGTH);
      span.setStatus({ code: SpanStatusCode.ERROR, message });
      throw error;
    } finally {
      span.end();
    }
  });
}

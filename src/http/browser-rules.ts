import type { IncomingMessage } from 'node:http';
import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';
import type { Exposure } from '../domain/access-settings.ts';
import { PROBE_PATHS } from './probes.ts';
import { RejectedRequestError } from './request-rules.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

type BrowserLimits = Pick<Exposure, 'allowedHosts' | 'corsOrigins'>;

/**
 * What a page in a browser may do. A page reaches every server that its browser reaches, and can make a name of its own
 * point at this one. Programs send neither Origin nor Sec-Fetch-Site.
 */
export class BrowserRules {
  readonly #limits: BrowserLimits;

  constructor(limits: BrowserLimits) {
    this.#limits = limits;
  }

  /** Call it before routes are added. */
  async enforce(app: FastifyInstance): Promise<void> {
    app.addHook('onRequest', (_request, reply, done) => {
      reply.headers(SECURITY_HEADERS);
      done();
    });
    if (this.#limits.corsOrigins.size > 0) await app.register(cors, corsOptions(this.#limits.corsOrigins));
    app.addHook('onRequest', (request, _reply, done) => {
      if (!this.isAllowedHost(request.raw) && !PROBE_PATHS.has(request.routeOptions.url))
        return done(new RejectedRequestError(403, FOREIGN_HOST));
      if (!SAFE_METHODS.has(request.method) && !this.isAllowedPage(request.raw))
        return done(new RejectedRequestError(403, FOREIGN_PAGE));
      return done();
    });
  }

  /** False for a name that the operator has not listed. HTTP/1.0 needs no Host; a browser always sends one. */
  isAllowedHost({ headers: { host } }: IncomingMessage): boolean {
    const { allowedHosts } = this.#limits;
    return !host || allowedHosts === null || allowedHosts.has(hostName(host));
  }

  /** True for a program, and for a page of this service or of an allowed origin. */
  isAllowedPage({ headers }: IncomingMessage): boolean {
    const { origin, host } = headers;
    if (origin !== undefined) return this.#limits.corsOrigins.has(origin) || isOwnOrigin(origin, host);
    const site = headers['sec-fetch-site'];
    return site === undefined || site === 'same-origin' || site === 'none';
  }
}

/** They only read, and a page of another origin cannot read the response. */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Without port and final dot. */
const hostName = (host: string): string => host.toLowerCase().replace(/\.?(?::\d*)?$/, '');

const isOwnOrigin = (origin: string, host: string | undefined): boolean =>
  URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();

const FOREIGN_HOST = 'This host name is not accepted. The operator lists names in STAMP_POOL_ALLOWED_HOSTS.';
const FOREIGN_PAGE =
  'A page of another site sent this request. The operator lists origins in STAMP_POOL_CORS_ORIGINS.';

const corsOptions = (origins: ReadonlySet<string>) => ({
  origin: [...origins],
  methods: ['GET', 'HEAD', 'POST'],
  allowedHeaders: [
    'Authorization',
    'Content-Type',
    'Idempotency-Key',
    'Prefer',
    'X-Payment-Mode',
    'X-Request-Id',
    'traceparent',
    'tracestate',
  ],
  exposedHeaders: [
    'Retry-After',
    'RateLimit',
    'RateLimit-Policy',
    'X-RateLimit-Limit',
    'X-RateLimit-Remaining',
    'Idempotent-Replayed',
    'X-Request-Id',
  ],
  maxAge: 600,
  // enforceHttp answers OPTIONS, with Allow.
  strictPreflight: false,
  preflightContinue: true,
});

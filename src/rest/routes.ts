import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sizeName } from '../domain/size.ts';
import { type AvailableStamp, type Stamp, ttlSeconds } from '../domain/stamp.ts';
import { type Depth, unreachable } from '../domain/units.ts';
import type { AcquireResult, Pool } from '../pool/pool.ts';
import { checkAcquireBody } from './acquire-body.ts';
import type { AcquireAnswer, AvailableStampAnswer, InvalidRequestAnswer, StatusAnswer } from './answers.ts';
import type { Contract } from './contract.ts';
import { readIdempotencyKey } from './idempotency-key.ts';
import { openApi } from './openapi.ts';
import type { ValidationIssue } from './validation-issue.ts';

export interface RestParts {
  readonly pool: Pool;
  readonly contract: Contract;
  readonly callerOf: (request: FastifyRequest) => string;
}

/** A feature that is off comes back by a restart at the soonest. */
const DISABLED_RETRY_SECONDS = 300;
/** Stamps read at once when all of them are listed. */
const PAGE = 500;

/** The four routes of the Python gateway, and their description. Mount with the prefix /api/v1. */
export function restRoutes(app: FastifyInstance, parts: RestParts): void {
  const { pool, contract } = parts;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, text, done) => done(null, text));

  const whenEnabled =
    (answer: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>) =>
    async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> =>
      pool.enabled ? await answer(request, reply) : disabled(reply, contract);

  app.get('/pool/status', async () => await statusAnswer(pool));
  app.get(
    '/pool/available',
    whenEnabled(async () => (await allAvailable(pool)).map((stamp) => stampAnswer(stamp, pool))),
  );
  app.post(
    '/pool/acquire',
    whenEnabled(async (request, reply) => await acquire(request, reply, parts)),
  );
  app.post(
    '/pool/check',
    whenEnabled(async (_request, reply) => {
      const result = await pool.runMaintenance({ dryRun: false });
      return result.is === 'done' ? contract.check(result.turn) : disabled(reply, contract);
    }),
  );
  const description = JSON.stringify(openApi(contract));
  app.get('/openapi.json', (_request, reply) => reply.type('application/json').send(description));
}

function disabled(reply: FastifyReply, { disabled: { status, body } }: Contract): unknown {
  if (status === 503) reply.header('Retry-After', DISABLED_RETRY_SECONDS);
  reply.code(status);
  return body;
}

async function acquire(
  request: FastifyRequest,
  reply: FastifyReply,
  { pool, contract, callerOf }: RestParts,
): Promise<unknown> {
  const key = readIdempotencyKey(request.raw.headersDistinct['idempotency-key']);
  const text = typeof request.body === 'string' ? request.body : undefined;
  const body = checkAcquireBody(request.headers['content-type'], text);
  if ('issues' in key) return invalid(reply, key.issues);
  if ('issues' in body) return invalid(reply, body.issues);
  const input = { ...body.value, ...key.value };
  const result = await pool.acquire(input, callerOf(request));
  return acquireReply(result, reply, { pool, contract });
}

function acquireReply(
  result: AcquireResult,
  reply: FastifyReply,
  { pool, contract }: Pick<RestParts, 'pool' | 'contract'>,
): unknown {
  switch (result.is) {
    case 'acquired':
      if (result.replayed) reply.header('Idempotent-Replayed', 'true');
      return acquiredAnswer(result, pool);
    case 'exhausted': {
      const { status, body } = contract.exhausted(result.depth);
      if (result.expectedAt) reply.header('Retry-After', secondsUntil(result.expectedAt, pool.now()));
      reply.code(status);
      return body;
    }
    case 'disabled':
      return disabled(reply, contract);
    case 'conflict':
      // 422 and not 409: the SDK of the 2026-04 callers takes every 409 for an exhausted pool
      return invalid(reply, [
        {
          type: 'idempotency_key_conflict',
          loc: ['header', 'idempotency-key'],
          msg: 'This Idempotency-Key was used for another request. Use a new key for a new request.',
          input: result.idempotencyKey,
        },
      ]);
    default:
      return unreachable(result);
  }
}

function invalid(reply: FastifyReply, issues: readonly ValidationIssue[]): InvalidRequestAnswer {
  reply.code(422);
  return { detail: [...issues] };
}

const secondsUntil = (moment: Date, now: Date): number =>
  Math.max(1, Math.ceil((moment.getTime() - now.getTime()) / 1000));

function acquiredAnswer(
  { stamp, acquisition, fallbackUsed }: Extract<AcquireResult, { is: 'acquired' }>,
  pool: Pool,
): AcquireAnswer {
  const depth = acquisition.givenDepth;
  const message = `Stamp acquired from pool (depth=${depth}, size=${sizeName(depth)})`;
  const { expiresAt } = 'expiresAt' in stamp ? stamp : { expiresAt: null };
  return {
    success: true,
    batch_id: stamp.batchId,
    depth,
    size_name: sizeName(depth),
    message: fallbackUsed ? `Requested size not available. ${message} (larger than requested)` : message,
    fallback_used: fallbackUsed,
    expires_at: expiresAt?.toISOString() ?? null,
    ttl_seconds: expiresAt ? ttlSeconds({ expiresAt }, pool.now()) : acquisition.ttlSeconds,
    node: nodeOf(stamp, pool),
  };
}

const stampAnswer = (stamp: AvailableStamp, pool: Pool): AvailableStampAnswer => ({
  batch_id: stamp.batchId,
  depth: stamp.depth,
  size_name: sizeName(stamp.depth),
  created_at: stamp.availableAt.toISOString(),
  ttl_at_creation: stamp.ttlAtCreationSeconds,
  expires_at: stamp.expiresAt.toISOString(),
  ttl_seconds: ttlSeconds(stamp, pool.now()),
  node: nodeOf(stamp, pool),
});

function nodeOf(stamp: Stamp, pool: Pool): AvailableStampAnswer['node'] {
  const { node, publicUrl } = pool.useOf(stamp);
  return { name: node, url: publicUrl };
}

/** Levels and ids are told from one list, so that they agree. */
async function statusAnswer(pool: Pool): Promise<StatusAnswer> {
  const [status, stamps] = await Promise.all([pool.status(), allAvailable(pool)]);
  const ids = new Map<Depth, string[]>();
  for (const { depth, batchId } of stamps) ids.set(depth, [...(ids.get(depth) ?? []), batchId]);
  const targets = status.reserve.depths.filter(({ target }) => target > 0);
  return {
    enabled: status.enabled,
    reserve_config: Object.fromEntries(targets.map(({ depth, target }) => [depth, target])),
    current_levels: Object.fromEntries([...ids].map(([depth, { length }]) => [depth, length])),
    available_stamps: Object.fromEntries(ids),
    total_stamps: stamps.length,
    low_reserve_warning: status.reserve.low,
    last_check: status.lastCheckAt?.toISOString() ?? null,
    next_check: status.nextCheckAt?.toISOString() ?? null,
    errors: status.errors.map(({ message }) => message),
  };
}

async function allAvailable(pool: Pool): Promise<readonly AvailableStamp[]> {
  const stamps: AvailableStamp[] = [];
  let after: string | null = null;
  for (;;) {
    const page: Awaited<ReturnType<Pool['availableStamps']>> = await pool.availableStamps({
      first: PAGE,
      after,
      depth: null,
    });
    for (const { item, cursor } of page.items) {
      stamps.push(item);
      after = cursor;
    }
    if (!page.hasNextPage) return stamps;
  }
}

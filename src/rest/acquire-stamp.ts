import { type AcquireResult, isFallback } from '../domain/acquisition.ts';
import type { Caller } from '../domain/caller.ts';
import { describeLimit } from '../domain/quota.ts';
import { usedUpHeaders } from '../domain/request-rate.ts';
import { sizeName } from '../domain/size.ts';
import { ttlSeconds } from '../domain/stamp.ts';
import { unreachable } from '../domain/units.ts';
import type { Pool } from '../pool/pool.ts';
import { parseAcquireBody } from './acquire-body.ts';
import { nodeBody } from './available-stamps.ts';
import type { RestResponse } from './contract.ts';
import type { Handler, RestParts } from './handler.ts';
import { parseIdempotencyKey } from './idempotency-key.ts';
import type { AcquireResponseBody, InvalidRequestBody, QuotaExceededBody } from './response-schemas.ts';
import { unknownNodeIssue, type ValidationIssue } from './validation-issue.ts';

/** A request that is not valid is refused as such also while the pool is disabled, as FastAPI does. */
export const acquireStamp: Handler = async (
  { contentType, idempotencyKeys, text, caller, origin },
  parts,
) => {
  const key = parseIdempotencyKey(idempotencyKeys);
  const body = parseAcquireBody(contentType, text);
  if ('issues' in key) return invalidRequest(key.issues);
  if ('issues' in body) return invalidRequest(body.issues);
  const result = await parts.pool.acquire({ ...body.value, idempotencyKey: key.value }, caller, origin);
  return responseTo(result, { ...parts, caller });
};

function responseTo(
  result: AcquireResult,
  { pool, contract, caller }: Pick<RestParts, 'pool' | 'contract'> & { readonly caller: Caller },
): RestResponse {
  switch (result.is) {
    case 'acquired':
      return {
        status: 200,
        headers: result.replayed ? { 'Idempotent-Replayed': 'true' } : {},
        body: acquiredBody(result, pool),
      };
    case 'exhausted': {
      const { expectedAt } = result;
      const headers = expectedAt && { 'Retry-After': String(secondsUntil(expectedAt, pool.now())) };
      return { ...contract.exhausted(result.depth), ...(headers && { headers }) };
    }
    case 'disabled':
      return contract.disabled;
    case 'unknownNode':
      return invalidRequest([unknownNodeIssue(result.node, result.known)]);
    case 'conflict':
      // 422 and not 409: the SDK of the 2026-04 contract treats every 409 as an exhausted pool.
      return invalidRequest([
        {
          type: 'idempotency_key_conflict',
          loc: ['header', 'idempotency-key'],
          msg: 'This Idempotency-Key was used for another request. Use a new key for a new request.',
          input: result.idempotencyKey,
        },
      ]);
    case 'quotaExceeded':
      return quotaExceeded(result, caller);
    default:
      return unreachable(result);
  }
}

const invalidRequest = (issues: readonly ValidationIssue[]): RestResponse<InvalidRequestBody> => ({
  status: 422,
  body: { detail: [...issues] },
});

function quotaExceeded(
  { quota, limit, resetsAt, retryAfterSeconds }: Extract<AcquireResult, { is: 'quotaExceeded' }>,
  caller: Caller,
): RestResponse<QuotaExceededBody> {
  return {
    status: 429,
    headers: {
      'Retry-After': String(retryAfterSeconds),
      ...(caller.kind === 'anonymous' && usedUpHeaders(quota.stamps ?? 0)),
    },
    body: {
      detail: `The daily limit of ${describeLimit(quota, limit)} does not allow another stamp until ${resetsAt.toISOString()}.`,
      code: 'QUOTA_EXCEEDED',
      resets_at: resetsAt.toISOString(),
    },
  };
}

const secondsUntil = (moment: Date, now: Date): number =>
  Math.max(1, Math.ceil((moment.getTime() - now.getTime()) / 1000));

function acquiredBody(
  { stamp, acquisition }: Extract<AcquireResult, { is: 'acquired' }>,
  pool: Pool,
): AcquireResponseBody {
  const depth = acquisition.givenDepth;
  const fallbackUsed = isFallback(acquisition);
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
    node: nodeBody(stamp, pool),
  };
}

import { z } from 'zod';
import type { Requirement } from '../domain/caller.ts';
import { acquireBodySchema } from './acquire-body.ts';
import { acquireStamp } from './acquire-stamp.ts';
import { listAvailableStamps } from './available-stamps.ts';
import type { Contract } from './contract.ts';
import type { Handler } from './handler.ts';
import { MAX_LISTED_STAMPS } from './limits.ts';
import { getPoolStatus } from './pool-status.ts';
import {
  acquireSchema,
  availableStampSchema,
  errorDetailSchema,
  invalidRequestSchema,
  poolStatusSchema,
  quotaExceededSchema,
} from './response-schemas.ts';
import { runMaintenance } from './run-maintenance.ts';

/** Below REST_PREFIX. Acquisitions wait in a lane of their own, which is found by the path. */
const ACQUIRE = '/pool/acquire';

/**
 * The REST API of the Python gateway, one row per route. mount-rest.ts serves these rows and openapi.ts describes them;
 * what differs between the two generations of clients is a Contract.
 */
export const ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/pool/status',
    operationId: 'poolStatus',
    requires: { scopes: ['read'], anonymousTier: true },
    summary: 'Get Pool Status',
    description: 'Levels, targets and recent incidents. No request to the Bee node is made.',
    needsEnabledPool: false,
    responses: () => ({ 200: { description: 'The status.', schema: poolStatusSchema } }),
    handler: getPoolStatus,
  },
  {
    method: 'GET',
    path: '/pool/available',
    operationId: 'availableStamps',
    requires: { scopes: ['acquire'] },
    summary: 'List Available Stamps',
    description: `The stamps that can be acquired now: the ${MAX_LISTED_STAMPS} that expire first. A listed stamp may be gone a moment later.`,
    needsEnabledPool: true,
    responses: () => ({ 200: { description: 'The stamps.', schema: z.array(availableStampSchema) } }),
    handler: listAvailableStamps,
  },
  {
    method: 'POST',
    path: ACQUIRE,
    operationId: 'acquireStamp',
    requires: { scopes: ['acquire'], anonymousTier: true },
    summary: 'Acquire Stamp from Pool',
    description:
      'Gives one stamp to the caller, permanently. Without `size` and `depth`, a small one. If none of that depth is in stock, a larger one.',
    needsEnabledPool: true,
    headers: {
      'Idempotency-Key': {
        description:
          'A retry with the same key gets the same stamp; the same key with another request is a 422. "k" and k are the same key.',
        schema: { type: 'string', minLength: 1, maxLength: 255 },
      },
    },
    body: acquireBodySchema,
    responses: ({ exhaustedSchema }) => ({
      200: {
        description: exhaustedSchema ? 'The stamp.' : 'The stamp, or that none is available.',
        schema: acquireSchema,
        headers: { 'Retry-After': RETRY_AFTER, 'Idempotent-Replayed': IDEMPOTENT_REPLAYED },
      },
      ...(exhaustedSchema && {
        [exhaustedSchema.status]: {
          description: 'No stamp is available.',
          schema: exhaustedSchema.schema,
          headers: { 'Retry-After': RETRY_AFTER },
        },
      }),
      422: { description: 'The request is not valid.', schema: invalidRequestSchema },
      429: {
        description: 'Another stamp would exceed a daily limit of the caller.',
        schema: quotaExceededSchema,
        headers: { 'Retry-After': RETRY_AFTER_SECONDS },
      },
    }),
    handler: acquireStamp,
  },
  {
    method: 'POST',
    path: '/pool/check',
    operationId: 'runMaintenance',
    requires: { scopes: ['maintain'] },
    summary: 'Trigger Pool Maintenance',
    description:
      'Answers when the maintenance run has ended. A purchase that it sent may still be under way.',
    needsEnabledPool: true,
    responses: ({ checkSchema }) => ({
      200: { description: 'The run has ended.', schema: checkSchema },
      503: {
        description: 'No replica makes the runs at the moment.',
        schema: errorDetailSchema,
        headers: { 'Retry-After': RETRY_AFTER_SECONDS },
      },
    }),
    handler: runMaintenance,
  },
];

/** Where the routes are mounted. */
export const REST_PREFIX = '/api/v1';
export const ACQUIRE_PATH = `${REST_PREFIX}${ACQUIRE}`;
export const OPENAPI_PATH = `${REST_PREFIX}/openapi.json`;
/** The same for people. */
export const DOCS_PATH = `${REST_PREFIX}/docs`;

export interface Route {
  readonly method: 'GET' | 'POST';
  /** Below REST_PREFIX. */
  readonly path: string;
  readonly operationId: string;
  readonly requires: Requirement;
  readonly summary: string;
  readonly description?: string;
  /** The handler answers with the contract's `disabled` while the pool is disabled. */
  readonly needsEnabledPool: boolean;
  /** The optional headers that the handler reads. */
  readonly headers?: HeaderDescriptions;
  readonly body?: z.ZodType;
  /** By status, without `disabled`. */
  responses(contract: Contract): ResponsesByStatus;
  readonly handler: Handler;
}

export interface ResponseDescription {
  readonly description: string;
  readonly schema: z.ZodType;
  readonly headers?: HeaderDescriptions;
}

type HeaderDescriptions = Readonly<
  Record<string, { readonly description: string; readonly schema: Readonly<Record<string, unknown>> }>
>;

type ResponsesByStatus = Readonly<Record<number, ResponseDescription>>;

/** All documented responses of a handler. */
export function documentedResponses(route: Route, contract: Contract): ResponsesByStatus {
  if (!route.needsEnabledPool) return route.responses(contract);
  const disabled = {
    description: 'The pool is disabled.',
    schema: errorDetailSchema,
    ...(contract.disabled.headers && { headers: { 'Retry-After': RETRY_AFTER_SECONDS } }),
  };
  return allResponses(route.responses(contract), { [contract.disabled.status]: disabled });
}

/** A document has one response per status. Where several have the same status, the last one counts, with all descriptions. */
export function allResponses(...groups: readonly ResponsesByStatus[]): ResponsesByStatus {
  const all: Record<number, ResponseDescription> = {};
  for (const [status, response] of groups.flatMap((group) => Object.entries(group))) {
    const before = all[Number(status)];
    const description = before ? `${response.description} Or: ${before.description}` : response.description;
    all[Number(status)] = { ...response, description };
  }
  return all;
}

const RETRY_AFTER = {
  description: 'For an exhausted pool: the seconds until stock is expected. Absent if none is expected.',
  schema: { type: 'integer' },
};

export const RETRY_AFTER_SECONDS = {
  description: 'The seconds to wait before a retry.',
  schema: { type: 'integer' },
};

const IDEMPOTENT_REPLAYED = {
  description: 'Present if this key was used before; the body names the same stamp.',
  schema: { const: 'true' },
};

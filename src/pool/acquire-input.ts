import { z } from 'zod';
import type { AcquireRequest } from '../domain/acquisition.ts';
import type { Caller } from '../domain/caller.ts';
import { SIZE_DEPTHS, SIZES } from '../domain/size.ts';
import { type Depth, isDepth, MAX_DEPTH, MIN_DEPTH, type NodeName } from '../domain/units.ts';
import { canonicalKey, hasKeyLength } from './idempotency-key.ts';

/** A hundred years: longer than any batch lives, and far from the limit of Date. */
const MAX_TTL_SECONDS = 3_155_760_000;
const MAX_NODE_LENGTH = 64;
const MAX_CLIENT_REF_LENGTH = 200;

export const sizeSchema = z.enum(SIZES);
export const depthSchema = wholeNumber(MIN_DEPTH, MAX_DEPTH);
export const minTtlSecondsSchema = wholeNumber(0, MAX_TTL_SECONDS);
/** A text that each database returns as it was. SQLite replaces lone surrogates, and PostgreSQL cannot store U+0000. */
const textSchema = z
  .string()
  .refine((text) => text.isWellFormed(), 'Must be well-formed Unicode: it contains a lone surrogate')
  .refine((text) => !text.includes('\0'), 'Must not contain the character U+0000');
export const idempotencyKeySchema = textSchema.refine(
  hasKeyLength,
  'Must have 1 to 255 characters, not counting spaces around it',
);
/** Its name is compared with those of the settings. */
export const nodeSchema = z
  .string()
  .min(1, 'Must not be empty')
  .max(MAX_NODE_LENGTH, `Must have at most ${MAX_NODE_LENGTH} characters`);
export const clientRefSchema = textSchema.max(
  MAX_CLIENT_REF_LENGTH,
  `Must have at most ${MAX_CLIENT_REF_LENGTH} characters`,
);

function wholeNumber(min: number, max: number) {
  const range = `Must be from ${min} to ${max}`;
  return z.int().min(min, range).max(max, range);
}

/** The parameters of an acquisition. Each transport composes its own schema from the field schemas above. */
export interface AcquireInput {
  readonly size?: z.infer<typeof sizeSchema> | null | undefined;
  /** From 17 to 255. Takes precedence over `size`. */
  readonly depth?: number | null | undefined;
  readonly allowLarger?: boolean | null | undefined;
  readonly minTtlSeconds?: number | null | undefined;
  readonly idempotencyKey?: string | null | undefined;
  readonly clientRef?: string | null | undefined;
  /** Only a stamp of the node with this name; null: of any node. */
  readonly node?: z.infer<typeof nodeSchema> | null | undefined;
}

/**
 * Fills in the defaults. `node`: the one of `input`, which is known. @throws RangeError for an invalid depth, which the
 * transport's schema should have rejected.
 */
export function acquireRequest(
  input: AcquireInput,
  caller: Caller,
  node: NodeName | null = null,
): AcquireRequest {
  const key = input.idempotencyKey ?? null;
  return {
    depth: askedDepth(input),
    allowLarger: input.allowLarger ?? true,
    node,
    minTtlSeconds: input.minTtlSeconds ?? 0,
    idempotencyKey: key === null ? null : canonicalKey(key),
    clientRef: input.clientRef ?? null,
    caller: caller.id,
    formerCaller: caller.formerId,
    depths: caller.depths,
    quotas: caller.quotas,
  };
}

function askedDepth({ depth, size }: AcquireInput): Depth {
  if (depth === undefined || depth === null) return SIZE_DEPTHS[size ?? 'small'];
  if (isDepth(depth)) return depth;
  throw new RangeError(`${depth} is not a valid depth`);
}

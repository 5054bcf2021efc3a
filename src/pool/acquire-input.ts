import { z } from 'zod';
import type { AcquireRequest } from '../domain/acquisition.ts';
import { SIZE_DEPTHS, SIZES } from '../domain/size.ts';
import { type Depth, isDepth, MAX_DEPTH, MIN_DEPTH } from '../domain/units.ts';

/** A hundred years: more than any batch lives, and far from where dates end. */
const LONGEST_TTL_SECONDS = 3_155_760_000;

export const sizeSchema = z.enum(SIZES);
export const depthSchema = z.int().min(MIN_DEPTH).max(MAX_DEPTH);
export const minTtlSecondsSchema = z.int().min(0).max(LONGEST_TTL_SECONDS);
export const idempotencyKeySchema = z.string().min(1).max(255);
export const clientRefSchema = z.string().max(200);

/** What may be asked for; each transport builds its own schema of these fields. */
export interface AcquireInput {
  readonly size?: z.infer<typeof sizeSchema> | null | undefined;
  /** From 17 to 255; wins over `size`. */
  readonly depth?: number | null | undefined;
  readonly allowLarger?: boolean | null | undefined;
  readonly minTtlSeconds?: number | null | undefined;
  readonly idempotencyKey?: string | null | undefined;
  readonly clientRef?: string | null | undefined;
}

/** Fills in the defaults. @throws RangeError when the depth is none: the transport's schema should have caught it. */
export function acquireRequest(input: AcquireInput, caller: string): AcquireRequest {
  return {
    depth: askedDepth(input),
    allowLarger: input.allowLarger ?? true,
    minTtlSeconds: input.minTtlSeconds ?? 0,
    idempotencyKey: input.idempotencyKey ?? null,
    clientRef: input.clientRef ?? null,
    caller,
  };
}

function askedDepth({ depth, size }: AcquireInput): Depth {
  if (depth === undefined || depth === null) return SIZE_DEPTHS[size ?? 'small'];
  if (isDepth(depth)) return depth;
  throw new RangeError(`${depth} is not a depth`);
}

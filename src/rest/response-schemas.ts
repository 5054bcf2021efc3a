import { z } from 'zod';
import { MAX_LISTED_STAMPS } from './limits.ts';
import { validationIssueSchema } from './validation-issue.ts';

const count = z.int().min(0);
const isoTime = z.string().meta({ format: 'date-time' });
const byDepth = <Value extends z.ZodType>(value: Value) => z.record(z.string(), value);
const described = <Schema extends z.ZodType>(schema: Schema, description: string): Schema =>
  schema.meta({ description });

/** The stamp of the examples. */
export const EXAMPLE_BATCH_ID = '6f3d0a9c2be84715d06c1fa83e97b2405a1cd8e6f470b93c8d2e5a1740bf6c93';
const EXAMPLE_NODE = { name: 'bee', url: 'http://127.0.0.1:1633' };

export const nodeSchema = z
  .object({
    name: described(z.string(), 'The name that the operator has given the node.'),
    url: described(z.string(), 'Where to upload with this stamp. It works on no other node.'),
  })
  .meta({ id: 'Node', description: 'The Bee node that owns a stamp.', examples: [EXAMPLE_NODE] });

export const poolStatusSchema = z
  .object({
    enabled: described(z.boolean(), 'Whether the operator has enabled the pool.'),
    reserve_config: described(byDepth(count), 'Targets by depth.'),
    current_levels: described(byDepth(count), 'Available stamps by depth; only depths with stock.'),
    available_stamps: described(
      byDepth(z.array(z.string())),
      `Available batch ids by depth: of all depths together, the ${MAX_LISTED_STAMPS} that expire first.`,
    ),
    total_stamps: described(count, 'Available stamps of all depths.'),
    low_reserve_warning: described(
      z.boolean(),
      'True if some depth is at or below the low-reserve threshold and below its target.',
    ),
    last_check: described(isoTime.nullable(), 'When the last maintenance run ended.'),
    next_check: described(isoTime.nullable(), 'When the next maintenance run is due.'),
    errors: described(z.array(z.string()), 'Recent incidents, newest first.'),
  })
  .meta({
    id: 'PoolStatusResponse',
    description: 'The reserve now.',
    examples: [
      {
        enabled: true,
        reserve_config: { '17': 4, '20': 2 },
        current_levels: { '17': 1 },
        available_stamps: { '17': [EXAMPLE_BATCH_ID] },
        total_stamps: 1,
        low_reserve_warning: true,
        last_check: '2026-01-31T12:00:00.000Z',
        next_check: '2026-01-31T12:15:00.000Z',
        errors: [],
      },
    ],
  });

export const availableStampSchema = z
  .object({
    batch_id: described(z.string(), 'The id of the batch: 64 hex digits.'),
    depth: described(count, 'Its depth.'),
    size_name: described(z.string(), 'small, medium or large; depth-N for another depth.'),
    created_at: described(isoTime, 'When the stamp became available.'),
    ttl_at_creation: described(count, 'Its time to live at that moment, in seconds.'),
    expires_at: described(isoTime, 'When it expires, at the current price.'),
    ttl_seconds: described(count, 'Its time to live now, in seconds.'),
    node: nodeSchema,
  })
  .meta({
    id: 'PoolStampInfo',
    description: 'A stamp that can be acquired.',
    examples: [
      {
        batch_id: EXAMPLE_BATCH_ID,
        depth: 17,
        size_name: 'small',
        created_at: '2026-01-31T12:00:00.000Z',
        ttl_at_creation: 608_400,
        expires_at: '2026-02-07T13:00:00.000Z',
        ttl_seconds: 604_800,
        node: EXAMPLE_NODE,
      },
    ],
  });

export const acquireSchema = z
  .object({
    success: described(
      z.boolean(),
      'False if no stamp was available. Then `message` says so, and there is no stamp.',
    ),
    batch_id: described(z.string().nullable(), 'The id of the batch: 64 hex digits.'),
    depth: described(count.nullable(), 'Its depth.'),
    size_name: described(z.string().nullable(), 'small, medium or large; depth-N for another depth.'),
    message: described(z.string(), 'What happened, as a sentence.'),
    fallback_used: described(z.boolean(), 'True if the stamp is larger than asked for.'),
    expires_at: described(isoTime.nullable(), 'When it expires, at the current price.'),
    ttl_seconds: described(count.nullable(), 'Its time to live, in seconds.'),
    node: nodeSchema.nullable(),
  })
  .meta({
    id: 'AcquireStampResponse',
    description: 'The stamp, or that none was available.',
    examples: [
      {
        success: true,
        batch_id: EXAMPLE_BATCH_ID,
        depth: 17,
        size_name: 'small',
        message: 'Stamp acquired from pool (depth=17, size=small)',
        fallback_used: false,
        expires_at: '2026-02-07T13:00:00.000Z',
        ttl_seconds: 604_800,
        node: EXAMPLE_NODE,
      },
    ],
  });

const CHECK_EXAMPLE = {
  checked_at: '2026-01-31T12:00:00.000Z',
  stamps_purchased: 1,
  stamps_topped_up: 0,
  stamps_synced: 0,
  errors: [],
};

export const checkSchema = z
  .object({
    checked_at: described(isoTime, 'When the run ended.'),
    stamps_purchased: described(count, 'Purchases sent. They may still be under way.'),
    stamps_topped_up: described(count, 'Top-ups sent. They may still be under way.'),
    stamps_synced: described(count, 'Batches of the node that were adopted or recovered.'),
    errors: described(z.array(z.string()), 'Incidents of this run.'),
  })
  .meta({
    id: 'ManualCheckResponse',
    description: 'What the maintenance run did.',
    examples: [CHECK_EXAMPLE],
  });

export const checkWithTopUpsSchema = checkSchema
  .extend({
    topup_debug: described(
      z.array(z.record(z.string(), z.unknown())).nullable(),
      'Which stamps were topped up, and which were not and why.',
    ),
  })
  .meta({
    id: 'ManualCheckResponseWithTopUps',
    description: 'What the maintenance run did.',
    examples: [{ ...CHECK_EXAMPLE, topup_debug: null }],
  });

export const errorDetailSchema = z
  .object({ detail: described(z.string(), 'What is wrong, as a sentence.') })
  .meta({ id: 'ErrorDetail', description: 'A refusal.', examples: [{ detail: 'The token is not valid.' }] });

export const poolExhaustedSchema = z
  .object({
    code: described(z.literal('POOL_EXHAUSTED'), 'Always this.'),
    detail: described(
      z.object({
        message: described(z.string(), 'What is wrong, as a sentence.'),
        suggestion: described(z.string(), 'What to do about it.'),
      }),
      'For a person.',
    ),
  })
  .meta({
    id: 'PoolExhausted',
    description: 'No stamp was available.',
    examples: [
      {
        code: 'POOL_EXHAUSTED',
        detail: {
          message: 'No stamp available for depth 17 (size: small). Pool is exhausted.',
          suggestion: 'Purchase a stamp directly via POST /api/v1/stamps/',
        },
      },
    ],
  });

export const quotaExceededSchema = z
  .object({
    detail: described(z.string(), 'What is wrong, as a sentence.'),
    code: described(z.literal('QUOTA_EXCEEDED').optional(), 'Present if a daily limit is reached.'),
    resets_at: described(
      isoTime.optional(),
      'When the count starts at zero again: the start of the next UTC day. Present if a daily limit is reached.',
    ),
  })
  .meta({
    id: 'QuotaExceeded',
    description: 'A limit of the caller is reached.',
    examples: [
      {
        detail: 'The daily limit of 10 stamps is reached.',
        code: 'QUOTA_EXCEEDED',
        resets_at: '2026-02-01T00:00:00.000Z',
      },
    ],
  });

export const invalidRequestSchema = z
  .object({ detail: described(z.array(validationIssueSchema), 'Everything that is wrong.') })
  .meta({
    id: 'HTTPValidationError',
    description: 'The request is not valid.',
    examples: [
      {
        detail: [
          {
            type: 'literal_error',
            loc: ['body', 'size'],
            msg: "Input should be 'small', 'medium' or 'large'",
            input: 'huge',
            ctx: { expected: "'small', 'medium' or 'large'" },
          },
        ],
      },
    ],
  });

export type PoolStatusBody = z.infer<typeof poolStatusSchema>;
export type AvailableStampBody = z.infer<typeof availableStampSchema>;
export type AcquireResponseBody = z.infer<typeof acquireSchema>;
export type CheckBody = z.infer<typeof checkSchema>;
export type CheckWithTopUpsBody = z.infer<typeof checkWithTopUpsSchema>;
export type InvalidRequestBody = z.infer<typeof invalidRequestSchema>;
export type PoolExhaustedBody = z.infer<typeof poolExhaustedSchema>;
export type QuotaExceededBody = z.infer<typeof quotaExceededSchema>;
export type ErrorDetailBody = z.infer<typeof errorDetailSchema>;

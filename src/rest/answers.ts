import { z } from 'zod';
import { validationIssueSchema } from './validation-issue.ts';

const count = z.int().min(0);
const isoTime = z.string().meta({ format: 'date-time' });
const byDepth = <Value extends z.ZodType>(value: Value) => z.record(z.string(), value);

export const nodeSchema = z
  .object({
    name: z.string(),
    url: z.string().meta({ description: 'Where to upload with this stamp: it works on no other node.' }),
  })
  .meta({ id: 'Node' });

export const statusSchema = z
  .object({
    enabled: z.boolean(),
    reserve_config: byDepth(count).meta({ description: 'Targets by depth.' }),
    current_levels: byDepth(count).meta({
      description: 'Available stamps by depth; only depths with stock.',
    }),
    available_stamps: byDepth(z.array(z.string())).meta({ description: 'Available batch ids by depth.' }),
    total_stamps: count,
    low_reserve_warning: z
      .boolean()
      .meta({ description: 'Some depth is at or below the threshold and below its target.' }),
    last_check: isoTime.nullable(),
    next_check: isoTime.nullable(),
    errors: z.array(z.string()).meta({ description: 'What went wrong lately, newest first.' }),
  })
  .meta({ id: 'PoolStatusResponse' });

export const availableStampSchema = z
  .object({
    batch_id: z.string(),
    depth: count,
    size_name: z.string(),
    created_at: isoTime.meta({ description: 'When the stamp became available.' }),
    ttl_at_creation: count.meta({ description: 'Seconds it had to live then.' }),
    expires_at: isoTime,
    ttl_seconds: count.meta({ description: 'Seconds it has to live now.' }),
    node: nodeSchema,
  })
  .meta({ id: 'PoolStampInfo' });

export const acquireSchema = z
  .object({
    success: z.boolean(),
    batch_id: z.string().nullable(),
    depth: count.nullable(),
    size_name: z.string().nullable(),
    message: z.string(),
    fallback_used: z.boolean().meta({ description: 'A larger stamp was given than asked for.' }),
    expires_at: isoTime.nullable(),
    ttl_seconds: count.nullable(),
    node: nodeSchema.nullable(),
  })
  .meta({ id: 'AcquireStampResponse' });

export const checkSchema = z
  .object({
    checked_at: isoTime,
    stamps_purchased: count.meta({ description: 'Purchases sent; they may still be on their way.' }),
    stamps_topped_up: count,
    stamps_synced: count.meta({ description: 'Batches of the node taken into the pool.' }),
    errors: z.array(z.string()),
  })
  .meta({ id: 'ManualCheckResponse' });

export const checkWithTopUpsSchema = checkSchema
  .extend({ topup_debug: z.array(z.record(z.string(), z.unknown())).nullable() })
  .meta({ id: 'ManualCheckResponseWithTopUps' });

export const detailSchema = z.object({ detail: z.string() }).meta({ id: 'ErrorDetail' });

export const poolExhaustedSchema = z
  .object({
    code: z.literal('POOL_EXHAUSTED'),
    detail: z.object({ message: z.string(), suggestion: z.string() }),
  })
  .meta({ id: 'PoolExhausted' });

export const invalidRequestSchema = z
  .object({ detail: z.array(validationIssueSchema) })
  .meta({ id: 'HTTPValidationError' });

export type StatusAnswer = z.infer<typeof statusSchema>;
export type AvailableStampAnswer = z.infer<typeof availableStampSchema>;
export type AcquireAnswer = z.infer<typeof acquireSchema>;
export type CheckAnswer = z.infer<typeof checkSchema>;
export type CheckWithTopUpsAnswer = z.infer<typeof checkWithTopUpsSchema>;
export type InvalidRequestAnswer = z.infer<typeof invalidRequestSchema>;
export type PoolExhaustedAnswer = z.infer<typeof poolExhaustedSchema>;
export type DetailAnswer = z.infer<typeof detailSchema>;

import { z } from 'zod';
import { validationIssueSchema } from './validation-issue.ts';

const count = z.int().min(0);
const isoTime = z.string().meta({ format: 'date-time' });
const byDepth = <Value extends z.ZodType>(value: Value) => z.record(z.string(), value);

export const nodeSchema = z
  .object({
    name: z.string(),
    url: z.string().meta({ description: 'Where to upload with this stamp. It works on no other node.' }),
  })
  .meta({ id: 'Node' });

export const poolStatusSchema = z
  .object({
    enabled: z.boolean(),
    reserve_config: byDepth(count).meta({ description: 'Targets by depth.' }),
    current_levels: byDepth(count).meta({
      description: 'Available stamps by depth; only depths with stock.',
    }),
    available_stamps: byDepth(z.array(z.string())).meta({ description: 'Available batch ids by depth.' }),
    total_stamps: count,
    low_reserve_warning: z.boolean().meta({
      description: 'True if some depth is at or below the low-reserve threshold and below its target.',
    }),
    last_check: isoTime.nullable().meta({ description: 'When the last maintenance run ended.' }),
    next_check: isoTime.nullable().meta({ description: 'When the next maintenance run is due.' }),
    errors: z.array(z.string()).meta({ description: 'Recent incidents, newest first.' }),
  })
  .meta({ id: 'PoolStatusResponse' });

export const availableStampSchema = z
  .object({
    batch_id: z.string(),
    depth: count,
    size_name: z.string(),
    created_at: isoTime.meta({ description: 'When the stamp became available.' }),
    ttl_at_creation: count.meta({ description: 'Its time to live at that moment, in seconds.' }),
    expires_at: isoTime,
    ttl_seconds: count.meta({ description: 'Its time to live now, in seconds.' }),
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
    fallback_used: z.boolean().meta({ description: 'True if the stamp is larger than asked for.' }),
    expires_at: isoTime.nullable(),
    ttl_seconds: count.nullable(),
    node: nodeSchema.nullable(),
  })
  .meta({ id: 'AcquireStampResponse' });

export const checkSchema = z
  .object({
    checked_at: isoTime,
    stamps_purchased: count.meta({ description: 'Purchases sent. They may still be under way.' }),
    stamps_topped_up: count.meta({ description: 'Top-ups sent. They may still be under way.' }),
    stamps_synced: count.meta({ description: 'Batches of the node that were adopted or recovered.' }),
    errors: z.array(z.string()),
  })
  .meta({ id: 'ManualCheckResponse' });

export const checkWithTopUpsSchema = checkSchema
  .extend({ topup_debug: z.array(z.record(z.string(), z.unknown())).nullable() })
  .meta({ id: 'ManualCheckResponseWithTopUps' });

export const errorDetailSchema = z.object({ detail: z.string() }).meta({ id: 'ErrorDetail' });

export const poolExhaustedSchema = z
  .object({
    code: z.literal('POOL_EXHAUSTED'),
    detail: z.object({ message: z.string(), suggestion: z.string() }),
  })
  .meta({ id: 'PoolExhausted' });

export const quotaExceededSchema = z
  .object({
    detail: z.string(),
    code: z
      .literal('QUOTA_EXCEEDED')
      .optional()
      .meta({ description: 'Present if a daily limit is reached.' }),
    resets_at: isoTime.optional().meta({ description: 'Then the start of the next UTC day.' }),
  })
  .meta({ id: 'QuotaExceeded' });

export const invalidRequestSchema = z
  .object({ detail: z.array(validationIssueSchema) })
  .meta({ id: 'HTTPValidationError' });

export type PoolStatusBody = z.infer<typeof poolStatusSchema>;
export type AvailableStampBody = z.infer<typeof availableStampSchema>;
export type AcquireResponseBody = z.infer<typeof acquireSchema>;
export type CheckBody = z.infer<typeof checkSchema>;
export type CheckWithTopUpsBody = z.infer<typeof checkWithTopUpsSchema>;
export type InvalidRequestBody = z.infer<typeof invalidRequestSchema>;
export type PoolExhaustedBody = z.infer<typeof poolExhaustedSchema>;
export type QuotaExceededBody = z.infer<typeof quotaExceededSchema>;
export type ErrorDetailBody = z.infer<typeof errorDetailSchema>;

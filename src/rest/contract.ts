import type { z } from 'zod';
import type { RunTotals } from '../domain/maintenance-run.ts';
import type { Depth } from '../domain/units.ts';
import type {
  AcquireResponseBody,
  CheckBody,
  ErrorDetailBody,
  PoolExhaustedBody,
} from './response-schemas.ts';

/** What the two generations of clients expect differently (docs/operating.md#rest-contracts). Paths and keys are the same. */
export interface Contract {
  readonly name: '2026-01' | '2026-04';
  /** The response of every route that needs an enabled pool. */
  readonly disabled: RestResponse<ErrorDetailBody>;
  exhausted(askedDepth: Depth): RestResponse<AcquireResponseBody | PoolExhaustedBody>;
  /** Describes `exhausted` if its status is not the 200 of an acquisition. */
  readonly exhaustedSchema: { readonly status: number; readonly schema: z.ZodType } | null;
  checkBody(run: RunTotals): CheckBody;
  readonly checkSchema: z.ZodType<CheckBody>;
}

/** What a handler answers; the body is sent as JSON. */
export interface RestResponse<Body = unknown> {
  readonly status: number;
  readonly body: Body;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The keys that both contracts share. */
export const sharedCheckBody = (run: RunTotals): CheckBody => ({
  checked_at: run.endedAt.toISOString(),
  stamps_purchased: run.purchasesSent,
  stamps_topped_up: run.topUpsSent,
  stamps_synced: run.adoptedOrRecovered,
  errors: [...run.errors],
});

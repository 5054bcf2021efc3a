import type { z } from 'zod';
import type { Turn } from '../domain/turn.ts';
import type { Depth } from '../domain/units.ts';
import type { AcquireAnswer, CheckAnswer, DetailAnswer, PoolExhaustedAnswer } from './answers.ts';

interface Reply<Body> {
  readonly status: number;
  readonly body: Body;
}

/** What the two generations of callers expect differently (docs/operating.md#rest-contracts). Paths, keys and messages are one. */
export interface Contract {
  readonly name: '2026-01' | '2026-04';
  readonly disabled: Reply<DetailAnswer>;
  exhausted(asked: Depth): Reply<AcquireAnswer | PoolExhaustedAnswer>;
  check(turn: Turn): CheckAnswer;
  readonly checkSchema: z.ZodType<CheckAnswer>;
  /** How the OpenAPI document tells of an exhausted pool; null where it is a 200. */
  readonly exhaustedSchema: { readonly status: number; readonly schema: z.ZodType } | null;
}

/** The keys that both contracts share. */
export const checkAnswer = (turn: Turn): CheckAnswer => ({
  checked_at: turn.endedAt.toISOString(),
  stamps_purchased: turn.purchasesSent,
  stamps_topped_up: turn.topUpsSent,
  stamps_synced: turn.takenIn,
  errors: [...turn.errors],
});

import { sizeName } from '../domain/size.ts';
import { checkSchema } from './answers.ts';
import { type Contract, checkAnswer } from './contract.ts';

/** As the Python pool was documented at first: an exhausted pool is a 200 that says success: false. */
export const contract2026January: Contract = {
  name: '2026-01',
  disabled: { status: 503, body: { detail: 'Stamp pool feature is not enabled' } },
  exhausted: (asked) => ({
    status: 200,
    body: {
      success: false,
      batch_id: null,
      depth: null,
      size_name: null,
      message: `No stamp available for depth ${asked} (size: ${sizeName(asked)}). Pool may be exhausted.`,
      fallback_used: false,
      expires_at: null,
      ttl_seconds: null,
      node: null,
    },
  }),
  check: checkAnswer,
  checkSchema,
  exhaustedSchema: null,
};

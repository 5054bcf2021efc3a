import { sizeName } from '../domain/size.ts';
import { type Contract, sharedCheckBody } from './contract.ts';
import { checkSchema } from './response-schemas.ts';

/** A disabled pool can only be enabled by a restart. */
const DISABLED_RETRY_SECONDS = 300;

/** The contract as the Python pool was first documented: an exhausted pool is a 200 with success: false. */
export const contract2026January: Contract = {
  name: '2026-01',
  disabled: {
    status: 503,
    headers: { 'Retry-After': String(DISABLED_RETRY_SECONDS) },
    body: { detail: 'Stamp pool feature is not enabled' },
  },
  exhausted: (askedDepth) => ({
    status: 200,
    body: {
      success: false,
      batch_id: null,
      depth: null,
      size_name: null,
      message: `No stamp available for depth ${askedDepth} (size: ${sizeName(askedDepth)}). Pool may be exhausted.`,
      fallback_used: false,
      expires_at: null,
      ttl_seconds: null,
      node: null,
    },
  }),
  exhaustedSchema: null,
  checkBody: sharedCheckBody,
  checkSchema,
};

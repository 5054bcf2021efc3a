import type { Builder } from './builder.ts';
import type { Failure, FailureRef } from './failure.ts';

export const POOL_DISABLED = {
  is: 'disabled',
  code: 'POOL_DISABLED',
  message: 'The stamp pool is not enabled.',
  wayOut: 'The operator enables it with STAMP_POOL_ENABLED=true.',
} as const satisfies Failure & { readonly is: 'disabled' };

export type PoolDisabledRef = ReturnType<typeof addPoolDisabled>;

/** What every mutation answers while the pool is disabled. */
export const addPoolDisabled = (builder: Builder, failure: FailureRef) =>
  builder.objectRef<typeof POOL_DISABLED>('PoolDisabled').implement({
    description: 'The operator has not enabled the pool.',
    interfaces: [failure],
  });

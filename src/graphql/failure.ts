import type { Builder } from './builder.ts';

const FAILURE_CODES = ['POOL_EXHAUSTED', 'POOL_DISABLED', 'IDEMPOTENCY_CONFLICT', 'INVALID_INPUT'] as const;

/** What every failure tells that a client can meet in the ordinary course. */
export interface Failure {
  readonly code: (typeof FAILURE_CODES)[number];
  readonly message: string;
  readonly wayOut: string;
}

export type FailureRef = ReturnType<typeof addFailure>;

export function addFailure(builder: Builder) {
  const FailureCode = builder.enumType('FailureCode', { values: FAILURE_CODES });
  return builder.interfaceRef<Failure>('Failure').implement({
    description: 'What every failure tells that a client can meet in the ordinary course.',
    fields: (t) => ({
      code: t.expose('code', { type: FailureCode, description: 'For programs.' }),
      message: t.exposeString('message', { description: 'What happened, in words.' }),
      wayOut: t.exposeString('wayOut', { description: 'What can be done about it.' }),
    }),
  });
}

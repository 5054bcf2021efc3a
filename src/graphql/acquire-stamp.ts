import { sizeName } from '../domain/size.ts';
import { unreachable } from '../domain/units.ts';
import {
  clientRefSchema,
  depthSchema,
  idempotencyKeySchema,
  minTtlSecondsSchema,
} from '../pool/acquire-input.ts';
import type { AcquireResult, DepthAvailability } from '../pool/pool.ts';
import type { AcquisitionRef } from './acquisition.ts';
import type { Builder } from './builder.ts';
import type { Failure, FailureRef } from './failure.ts';
import { InvalidInputError } from './invalid-input.ts';
import { POOL_DISABLED, type PoolDisabledRef } from './pool-disabled.ts';
import type { StampRef } from './stamp.ts';
import type { StampSizeRef } from './stamp-size.ts';

interface Refs {
  readonly stamp: StampRef;
  readonly stampSize: StampSizeRef;
  readonly acquisition: AcquisitionRef;
  readonly failure: FailureRef;
  readonly poolDisabled: PoolDisabledRef;
}

type Case<Is extends AcquireResult['is']> = Extract<AcquireResult, { is: Is }>;
type Exhausted = Case<'exhausted'> & Failure;
type Conflict = Case<'conflict'> & Failure;

const TYPE_NAMES = {
  acquired: 'AcquireStampSuccess',
  exhausted: 'PoolExhausted',
  disabled: 'PoolDisabled',
  conflict: 'IdempotencyConflict',
} as const satisfies Record<AcquireResult['is'], string>;

/** The mutation acquireStamp, its input and its result. */
export function addAcquireStamp(builder: Builder, refs: Refs): void {
  const result = builder.errorUnion('AcquireStampResult', {
    types: [
      addSuccess(builder, refs),
      addExhausted(builder, refs),
      refs.poolDisabled,
      addConflict(builder, refs),
      InvalidInputError,
    ],
    resolveType: (value) => (value instanceof InvalidInputError ? 'InvalidInput' : TYPE_NAMES[value.is]),
  });
  const input = addInput(builder, refs);
  builder.mutationField('acquireStamp', (t) =>
    t.field({
      type: result,
      description: 'Takes one stamp out of the pool, for good. It is on disk before the answer leaves.',
      args: { input: t.arg({ type: input, required: true }) },
      resolve: async (_root, args, { pool, caller }) => inWords(await pool.acquire(args.input, caller)),
    }),
  );
}

const addInput = (builder: Builder, { stampSize }: Refs) =>
  builder.inputType('AcquireStampInput', {
    fields: (t) => ({
      size: t.field({ type: stampSize, description: 'SMALL when neither size nor depth is given.' }),
      depth: t.int({ description: 'Wins over `size`.', validate: { schema: depthSchema } }),
      allowLarger: t.boolean({
        defaultValue: true,
        description: 'Take a larger one when there is none of this depth.',
      }),
      minTtlSeconds: t.int({
        description: 'Time to live that it must have at least, on top of what the pool promises anyway.',
        validate: { schema: minTtlSecondsSchema },
      }),
      idempotencyKey: t.string({
        description:
          'The same key gets the same stamp: send one, and a request without an answer can be repeated.',
        validate: { schema: idempotencyKeySchema },
      }),
      clientRef: t.string({
        description: 'A short text of your own, kept with the acquisition.',
        validate: { schema: clientRefSchema },
      }),
    }),
  });

const addSuccess = (builder: Builder, { stamp, acquisition }: Refs) =>
  builder.objectRef<Case<'acquired'>>('AcquireStampSuccess').implement({
    fields: (t) => ({
      stamp: t.expose('stamp', { type: stamp }),
      acquisition: t.expose('acquisition', { type: acquisition }),
      fallbackUsed: t.exposeBoolean('fallbackUsed', { description: 'It is larger than asked for.' }),
      replayed: t.exposeBoolean('replayed', {
        description: 'The idempotency key was used before: this is the stamp of then.',
      }),
    }),
  });

function addExhausted(builder: Builder, { failure }: Refs) {
  const Availability = builder.objectRef<DepthAvailability>('DepthAvailability').implement({
    fields: (t) => ({
      depth: t.exposeInt('depth'),
      sizeName: t.string({ resolve: ({ depth }) => sizeName(depth) }),
      available: t.exposeInt('available'),
    }),
  });
  return builder.objectRef<Exhausted>('PoolExhausted').implement({
    description: 'No stamp that will do is in stock. Nothing was given out.',
    interfaces: [failure],
    fields: (t) => ({
      depth: t.exposeInt('depth', { description: 'What was asked for.' }),
      sizeName: t.string({ resolve: ({ depth }) => sizeName(depth) }),
      expectedAt: t.expose('expectedAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When stock is expected; null when none is on its way or planned.',
      }),
      alternatives: t.expose('alternatives', {
        type: [Availability],
        description: 'The other depths that have stock, smallest first.',
      }),
    }),
  });
}

const addConflict = (builder: Builder, { failure }: Refs) =>
  builder.objectRef<Conflict>('IdempotencyConflict').implement({
    description: 'The idempotency key was used for another request. Nothing was given out.',
    interfaces: [failure],
    fields: (t) => ({ idempotencyKey: t.exposeString('idempotencyKey') }),
  });

function inWords(result: AcquireResult): Case<'acquired'> | Exhausted | typeof POOL_DISABLED | Conflict {
  switch (result.is) {
    case 'acquired':
      return result;
    case 'exhausted':
      return { ...result, ...describeExhausted(result) };
    case 'disabled':
      return POOL_DISABLED;
    case 'conflict':
      return {
        ...result,
        code: 'IDEMPOTENCY_CONFLICT',
        message: 'The idempotency key has been used for another request.',
        wayOut: 'Repeat the request exactly as it was, or use a new key for a new one.',
      };
    default:
      return unreachable(result);
  }
}

const describeExhausted = ({ depth, expectedAt, alternatives }: Case<'exhausted'>): Failure => ({
  code: 'POOL_EXHAUSTED',
  message: `No stamp is available for depth ${depth} (${sizeName(depth)}).`,
  wayOut: [
    expectedAt
      ? `Ask again after ${expectedAt.toISOString()}.`
      : 'None is on its way: the operator sets which depths are bought.',
    ...(alternatives.length === 0
      ? []
      : [`In stock: ${alternatives.map((other) => `depth ${other.depth}`).join(', ')}.`]),
  ].join(' '),
});

import { z } from 'zod';
import { type AcquireResult, type DepthAvailability, isFallback } from '../domain/acquisition.ts';
import { describeLimit } from '../domain/quota.ts';
import { sizeName } from '../domain/size.ts';
import { unreachable } from '../domain/units.ts';
import {
  type AcquireInput,
  clientRefSchema,
  depthSchema,
  idempotencyKeySchema,
  minTtlSecondsSchema,
  nodeSchema,
  sizeSchema,
} from '../pool/acquire-input.ts';
import { AcquisitionRef } from './acquisition.ts';
import { builder } from './builder.ts';
import type { GraphqlContext } from './context.ts';
import { DEPTH_DESCRIPTION, SIZE_NAME_DESCRIPTION } from './depth-level.ts';
import { type Failure, InvalidInputError } from './errors.ts';
import { FailureRef, POOL_DISABLED, PoolDisabledRef } from './failure.ts';
import { RateLimitedRef, rateLimited } from './rate-limited.ts';
import { StampRef, StampSizeEnum } from './stamp.ts';

type Case<Is extends AcquireResult['is']> = Extract<AcquireResult, { is: Is }>;
type Exhausted = Case<'exhausted'> & Failure;
type Conflict = Case<'conflict'> & Failure;
type QuotaExceeded = Case<'quotaExceeded'> & Failure;

const AcquireStampInput = builder.inputType('AcquireStampInput', {
  description: 'Which stamp to acquire. Default: a small one.',
  fields: (t) => ({
    size: t.field({
      type: StampSizeEnum,
      description: 'The size. SMALL if neither size nor depth is given.',
    }),
    depth: t.int({
      description: 'The depth. Takes precedence over `size`.',
      validate: { schema: depthSchema },
    }),
    allowLarger: t.boolean({
      defaultValue: true,
      description: 'Whether a larger stamp may be given if none of this depth is in stock.',
    }),
    minTtlSeconds: t.int({
      description: 'The least time to live, in seconds, if it is more than the pool promises anyway.',
      validate: { schema: minTtlSecondsSchema },
    }),
    idempotencyKey: t.string({
      description:
        'A retry with the same key gets the same stamp. Send one with every request that you may have to repeat. At most 255 characters; spaces and quotes around it do not count.',
      validate: { schema: idempotencyKeySchema },
    }),
    clientRef: t.string({
      description: 'A short text of your own, kept with the acquisition.',
      validate: { schema: clientRefSchema },
    }),
    node: t.string({
      description:
        'Only a stamp of the node with this name. Default: of any node that can give one. A stamp works on its own node only.',
      validate: { schema: nodeSchema },
    }),
  }),
});

const AcquireStampSuccessRef = builder.objectRef<Case<'acquired'>>('AcquireStampSuccess').implement({
  description: 'A stamp was acquired. It belongs to the client, permanently.',
  fields: (t) => ({
    stamp: t.expose('stamp', { type: StampRef, description: 'The stamp.' }),
    acquisition: t.expose('acquisition', {
      type: AcquisitionRef,
      description: 'The record of the acquisition.',
    }),
    fallbackUsed: t.boolean({
      description: 'True if the stamp is larger than asked for.',
      resolve: ({ acquisition }) => isFallback(acquisition),
    }),
    replayed: t.exposeBoolean('replayed', {
      description: 'True if this key was used before; the same stamp is returned.',
    }),
  }),
});

const DepthAvailabilityRef = builder.objectRef<DepthAvailability>('DepthAvailability').implement({
  description: 'How many stamps of one depth are in stock.',
  fields: (t) => ({
    depth: t.exposeInt('depth', { description: DEPTH_DESCRIPTION }),
    sizeName: t.string({ description: SIZE_NAME_DESCRIPTION, resolve: ({ depth }) => sizeName(depth) }),
    available: t.exposeInt('available', { description: 'How many stamps can be acquired now.' }),
  }),
});

const PoolExhaustedRef = builder.objectRef<Exhausted>('PoolExhausted').implement({
  description: 'No suitable stamp is in stock. Nothing was given out.',
  interfaces: [FailureRef],
  fields: (t) => ({
    depth: t.exposeInt('depth', { description: 'The depth that was asked for.' }),
    sizeName: t.string({ description: SIZE_NAME_DESCRIPTION, resolve: ({ depth }) => sizeName(depth) }),
    expectedAt: t.expose('expectedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When stock is expected; null if none is on order or planned.',
    }),
    alternatives: t.expose('alternatives', {
      type: [DepthAvailabilityRef],
      description:
        'The other depths that the caller may have, with stamps in stock that live as long as the request wants, smallest first.',
    }),
  }),
});

const IdempotencyConflictRef = builder.objectRef<Conflict>('IdempotencyConflict').implement({
  description: 'The idempotency key was used before, for another request. Nothing was given out.',
  interfaces: [FailureRef],
  fields: (t) => ({
    idempotencyKey: t.exposeString('idempotencyKey', { description: 'The key of the request.' }),
  }),
});

const QuotaExceededRef = builder.objectRef<QuotaExceeded>('QuotaExceeded').implement({
  description: 'Another stamp would exceed a daily limit of the caller. Nothing was given out.',
  interfaces: [FailureRef],
  fields: (t) => ({
    resetsAt: t.expose('resetsAt', {
      type: 'DateTime',
      description: 'When the count starts at zero again: the start of the next UTC day.',
    }),
  }),
});

const TYPE_NAMES = {
  acquired: 'AcquireStampSuccess',
  exhausted: 'PoolExhausted',
  disabled: 'PoolDisabled',
  conflict: 'IdempotencyConflict',
  quotaExceeded: 'QuotaExceeded',
  rateLimited: 'RateLimited',
} as const satisfies Record<Exclude<AcquireResult['is'], 'unknownNode'> | 'rateLimited', string>;

const AcquireStampResultRef = builder.errorUnion('AcquireStampResult', {
  description: 'The stamp, or why none was given out.',
  types: [
    AcquireStampSuccessRef,
    PoolExhaustedRef,
    PoolDisabledRef,
    IdempotencyConflictRef,
    QuotaExceededRef,
    RateLimitedRef,
    InvalidInputError,
  ],
  resolveType: (value) => (value instanceof InvalidInputError ? 'InvalidInput' : TYPE_NAMES[value.is]),
});

builder.mutationField('acquireStamp', (t) =>
  t.field({
    type: AcquireStampResultRef,
    authScopes: { acquire: true, anonymousTier: true },
    description: 'Acquires one stamp, permanently. The acquisition is on disk before the answer is sent.',
    args: {
      input: t.arg({ type: AcquireStampInput, required: true, description: 'Which stamp to acquire.' }),
    },
    resolve: async (_root, { input }, context) => await acquire(input, context),
  }),
);

const acquire = async (input: AcquireInput, context: GraphqlContext) =>
  rateLimited(context) ?? toUnionMember(await context.pool.acquire(input, context.caller, context.origin));

/** An input with a field that is not listed here is not valid. */
const argsSchema = z.object({
  input: z.strictObject({
    size: sizeSchema.nullish(),
    depth: depthSchema.nullish(),
    allowLarger: z.boolean().nullish(),
    minTtlSeconds: minTtlSecondsSchema.nullish(),
    idempotencyKey: idempotencyKeySchema.nullish(),
    clientRef: clientRefSchema.nullish(),
    node: nodeSchema.nullish(),
  }),
});

/** For direct-resolvers.ts. @throws for an invalid input */
export const acquireDirectly = async (args: unknown, context: GraphqlContext) =>
  await acquire(argsSchema.parse(args).input, context);

function toUnionMember(
  result: AcquireResult,
): Case<'acquired'> | Exhausted | typeof POOL_DISABLED | Conflict | QuotaExceeded | InvalidInputError {
  switch (result.is) {
    case 'acquired':
      return result;
    case 'exhausted':
      return { ...result, ...describeExhausted(result) };
    case 'disabled':
      return POOL_DISABLED;
    case 'unknownNode':
      return new InvalidInputError([
        {
          path: ['input', 'node'],
          message: `There is no such node. The nodes are: ${result.known.join(', ')}`,
        },
      ]);
    case 'conflict':
      return {
        ...result,
        code: 'IDEMPOTENCY_CONFLICT',
        message: 'The idempotency key was used before, for another request.',
        suggestion: 'Repeat the request exactly as it was, or use a new key for a new request.',
      };
    case 'quotaExceeded':
      return {
        ...result,
        code: 'QUOTA_EXCEEDED',
        message: `The daily limit of ${describeLimit(result.quota, result.limit)} does not allow another stamp.`,
        suggestion: `Retry after ${result.resetsAt.toISOString()}, or ask the operator for a higher limit.`,
      };
    default:
      return unreachable(result);
  }
}

const NOT_EXPECTED =
  'None is expected: the pool buys no such stamp, or buys nothing at the moment. Ask the operator.';

const describeExhausted = ({ depth, node, expectedAt, alternatives }: Case<'exhausted'>): Failure => ({
  code: 'POOL_EXHAUSTED',
  message: `No stamp is available for depth ${depth} (${sizeName(depth)})${node === null ? '' : ` on the node ${node}`}.`,
  suggestion: [
    expectedAt ? `Retry after ${expectedAt.toISOString()}.` : NOT_EXPECTED,
    ...(node === null ? [] : ['Another node may have one: send the request without a node.']),
    ...(alternatives.length === 0
      ? []
      : [`In stock: ${alternatives.map((other) => `depth ${other.depth}`).join(', ')}.`]),
  ].join(' '),
});

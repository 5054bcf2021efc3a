import { SIZE_DEPTHS, SIZES, type Size, sizeName } from '../domain/size.ts';
import { type Stamp, ttlSeconds } from '../domain/stamp.ts';
import { type Depth, depth } from '../domain/units.ts';
import { depthSchema } from '../pool/acquire-input.ts';
import { builder } from './builder.ts';
import { AFTER_ARG, FIRST_ARG, pageRequest, toConnection } from './connection.ts';
import { DEPTH_DESCRIPTION, SIZE_NAME_DESCRIPTION } from './depth-level.ts';
import { inBzz } from './in-bzz.ts';
import { ACQUIRE } from './requirements.ts';
import { WithheldReasonEnum } from './withheld-reason.ts';

export const StampSizeEnum = builder.enumType('StampSize', {
  description: 'The depths that have a name. Any other depth is asked for by its number.',
  values: Object.fromEntries(
    SIZES.map((size): [string, { value: Size; description: string }] => [
      size.toUpperCase(),
      { value: size, description: `Depth ${SIZE_DEPTHS[size]}.` },
    ]),
  ),
});

const StampStateEnum = builder.enumType('StampState', {
  description: 'The state of a stamp.',
  values: {
    PROPAGATING: { value: 'propagating', description: 'Paid for, not usable on the node yet.' },
    AVAILABLE: {
      value: 'available',
      description:
        'The node has shown it as usable. It can be acquired unless it is withheld or too short-lived.',
    },
    ACQUIRED: { value: 'acquired', description: 'Given to a client, permanently.' },
    EXPIRED: { value: 'expired', description: 'Its time to live ended before a client acquired it.' },
  } as const,
});

const UploadHeaderRef = builder.objectRef<{ name: string; value: string }>('UploadHeader').implement({
  description: 'An HTTP header to send with each upload.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The name of the header.' }),
    value: t.exposeString('value', { description: 'The value of the header.' }),
  }),
});

const expiresAtOf = (stamp: Stamp): Date | null => (stamp.state === 'propagating' ? null : stamp.expiresAt);

const ttlAt = (stamp: Stamp, now: Date): number | null => {
  const expiresAt = expiresAtOf(stamp);
  return expiresAt && ttlSeconds({ expiresAt }, now);
};

export const StampRef = builder.objectRef<Stamp>('Stamp').implement({
  description: 'A postage batch that is or was in the pool.',
  fields: (t) => ({
    batchId: t.expose('batchId', { type: 'BatchID', description: 'The id of the batch.' }),
    depth: t.exposeInt('depth', { description: DEPTH_DESCRIPTION }),
    sizeName: t.string({
      description: SIZE_NAME_DESCRIPTION,
      resolve: (stamp) => sizeName(stamp.depth),
    }),
    effectiveBytes: t.field({
      type: 'SafeInt',
      description:
        'How many bytes are sure to fit, encrypted and with medium erasure coding. Far less than 2^depth chunks of 4096 bytes.',
      resolve: (stamp, _args, { pool }) => pool.useOf(stamp).effectiveBytes,
    }),
    amount: t.expose('amount', { type: 'Plur', description: 'PLUR per chunk, as last observed.' }),
    cost: t.expose('cost', { type: 'Plur', description: 'What it has cost so far, including top-ups.' }),
    costBzz: t.string(inBzz(({ cost }) => cost)),
    immutable: t.exposeBoolean('immutable', {
      description: 'True if a full batch refuses uploads; false if it overwrites its oldest chunks.',
    }),
    state: t.expose('state', { type: StampStateEnum, description: 'The state of the stamp.' }),
    withheld: t.field({
      type: WithheldReasonEnum,
      nullable: true,
      description: 'Why it is not given out at the moment; null if it is not withheld.',
      resolve: (stamp) => ('withheld' in stamp ? stamp.withheld : null),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it came into the pool.' }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description:
        'When it expires, by the last observation. It moves with the price of storage and with top-ups. Null if unknown.',
      resolve: expiresAtOf,
    }),
    ttlSeconds: t.field({
      type: 'SafeInt',
      nullable: true,
      description: 'The time to live at this moment, in seconds; null if unknown.',
      resolve: (stamp, _args, { pool }) => ttlAt(stamp, pool.now()),
    }),
    node: t.exposeString('node', { description: 'The node that owns it. The stamp works on no other node.' }),
    publicUrl: t.string({
      description:
        'The URL of that node’s API, where clients upload; empty if the node is not in the settings any more.',
      resolve: (stamp, _args, { pool }) => pool.useOf(stamp).publicUrl,
    }),
    uploadHeader: t.field({
      type: UploadHeaderRef,
      description: 'The header to send with each upload to `publicUrl`.',
      resolve: ({ batchId }) => ({ name: 'Swarm-Postage-Batch-Id', value: batchId }),
    }),
  }),
});

const AvailableStampsConnection = builder.connectionObject(
  { type: StampRef, name: 'AvailableStampsConnection', description: 'A page of available stamps.' },
  { name: 'AvailableStampsEdge', description: 'One available stamp of a page.' },
);

interface DepthArgs {
  readonly size?: Size | null | undefined;
  readonly depth?: number | null | undefined;
}

const requestedDepth = (args: DepthArgs): Depth | null => {
  if (typeof args.depth === 'number') return depth(args.depth);
  return args.size ? SIZE_DEPTHS[args.size] : null;
};

builder.queryFields((t) => ({
  stamp: t.field({
    type: StampRef,
    authScopes: { read: true, acquire: true },
    nullable: true,
    description:
      'A stamp that the caller has acquired or, with the scope `maintain`, any stamp that is or was in the pool; else null.',
    args: { batchId: t.arg({ type: 'BatchID', required: true, description: 'The id of the batch.' }) },
    resolve: (_root, { batchId }, { pool, caller }) => pool.stamp(batchId, caller),
  }),
  availableStamps: t.field({
    type: AvailableStampsConnection,
    ...ACQUIRE,
    description: 'The stamps that can be acquired now. Those that expire first come first.',
    args: {
      size: t.arg({ type: StampSizeEnum, description: 'Only stamps of this size. Default: all.' }),
      depth: t.arg.int({
        description: 'Only stamps of this depth. Takes precedence over `size`.',
        validate: { schema: depthSchema },
      }),
      first: t.arg.int(FIRST_ARG),
      after: t.arg.string(AFTER_ARG),
    },
    resolve: async (_root, args, { pool }) =>
      toConnection(await pool.availableStamps({ ...pageRequest(args), depth: requestedDepth(args) }), args),
  }),
}));

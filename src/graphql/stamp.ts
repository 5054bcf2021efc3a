import { SIZE_DEPTHS, type Size, sizeName } from '../domain/size.ts';
import { type Stamp, ttlSeconds } from '../domain/stamp.ts';
import { type Depth, depth, formatBzz } from '../domain/units.ts';
import { depthSchema } from '../pool/acquire-input.ts';
import type { Builder } from './builder.ts';
import { firstSchema, pageRequest, toConnection } from './connection.ts';
import { IN_BZZ } from './in-bzz.ts';
import type { StampSizeRef } from './stamp-size.ts';

export type StampRef = ReturnType<typeof addStampType>;

/** The type Stamp, and the two ways to look at stamps. */
export function addStamp(builder: Builder, size: StampSizeRef): StampRef {
  const stamp = addStampType(builder);
  const connection = builder.connectionObject({ type: stamp, name: 'AvailableStampsConnection' });
  builder.queryFields((t) => ({
    stamp: t.field({
      type: stamp,
      nullable: true,
      description: 'A stamp that is or was in the pool, whatever became of it.',
      args: { batchId: t.arg({ type: 'BatchID', required: true }) },
      resolve: (_root, { batchId }, { pool }) => pool.stamp(batchId),
    }),
    availableStamps: t.field({
      type: connection,
      description: 'What can be acquired now, the soonest to expire first. `depth` wins over `size`.',
      args: {
        size: t.arg({ type: size }),
        depth: t.arg.int({ validate: { schema: depthSchema } }),
        first: t.arg.int({ validate: { schema: firstSchema } }),
        after: t.arg.string(),
      },
      resolve: async (_root, args, { pool }) =>
        toConnection(await pool.availableStamps({ ...pageRequest(args), depth: wantedDepth(args) }), args),
    }),
  }));
  return stamp;
}

interface Wanted {
  readonly size?: Size | null | undefined;
  readonly depth?: number | null | undefined;
}

const wantedDepth = (wanted: Wanted): Depth | null => {
  if (typeof wanted.depth === 'number') return depth(wanted.depth);
  return wanted.size ? SIZE_DEPTHS[wanted.size] : null;
};

function addStampType(builder: Builder) {
  const State = builder.enumType('StampState', {
    values: {
      PROPAGATING: { value: 'propagating', description: 'Paid for, not yet usable on the node.' },
      AVAILABLE: { value: 'available', description: 'In the pool.' },
      ACQUIRED: { value: 'acquired', description: 'It belongs to a client, for good.' },
      EXPIRED: { value: 'expired', description: 'Its time ran out in the pool.' },
    } as const,
  });
  const Withheld = builder.enumType('WithheldReason', {
    values: {
      MISSING: { value: 'missing', description: 'The node does not show it just now; counted as stock.' },
      LOST: { value: 'lost', description: 'The node has not shown it for long; not counted as stock.' },
      IN_USE: { value: 'in_use', description: 'It shows use although nobody has acquired it.' },
    } as const,
  });
  return builder.objectRef<Stamp>('Stamp').implement({
    description: 'A postage batch, bought ahead of need.',
    fields: (t) => ({
      batchId: t.expose('batchId', { type: 'BatchID' }),
      depth: t.exposeInt('depth', { description: 'It holds 2^depth chunks.' }),
      sizeName: t.string({
        description: '"small", "medium", "large", or "depth-N".',
        resolve: (stamp) => sizeName(stamp.depth),
      }),
      effectiveBytes: t.field({
        type: 'SafeInt',
        description:
          'How much can be counted on to fit, encrypted and with erasure coding: far less than 2^depth chunks of 4096 bytes.',
        resolve: (stamp, _args, { pool }) => pool.useOf(stamp).effectiveBytes,
      }),
      amount: t.expose('amount', { type: 'Plur', description: 'Paid per chunk, as last observed.' }),
      cost: t.expose('cost', { type: 'Plur', description: 'What it has cost so far, top-ups included.' }),
      costBzz: t.string({ description: IN_BZZ, resolve: ({ cost }) => formatBzz(cost) }),
      immutable: t.exposeBoolean('immutable', {
        description: 'When full it refuses uploads, instead of overwriting the oldest chunks.',
      }),
      state: t.expose('state', { type: State }),
      withheld: t.field({
        type: Withheld,
        nullable: true,
        description: 'Why it is not given out just now; null when nothing is wrong.',
        resolve: (stamp) => ('withheld' in stamp ? stamp.withheld : null),
      }),
      createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it came into the pool.' }),
      expiresAt: t.field({
        type: 'DateTime',
        nullable: true,
        description:
          'Reckoned from the last observation: it moves with the price of storage and with top-ups.',
        resolve: expiresAtOf,
      }),
      ttlSeconds: t.field({
        type: 'SafeInt',
        nullable: true,
        description: 'Time to live at this moment; null while it is not known.',
        resolve: (stamp, _args, { pool }) => ttlAt(stamp, pool.now()),
      }),
      node: t.exposeString('node', { description: 'The node that owns it: it works on no other.' }),
      publicUrl: t.string({
        description: 'Where to upload with it.',
        resolve: (stamp, _args, { pool }) => pool.useOf(stamp).publicUrl,
      }),
      uploadHeader: t.string({
        description: 'What to send along with each upload to that URL.',
        resolve: ({ batchId }) => `Swarm-Postage-Batch-Id: ${batchId}`,
      }),
    }),
  });
}

const expiresAtOf = (stamp: Stamp): Date | null => (stamp.state === 'propagating' ? null : stamp.expiresAt);

const ttlAt = (stamp: Stamp, now: Date): number | null => {
  const expiresAt = expiresAtOf(stamp);
  return expiresAt && ttlSeconds({ expiresAt }, now);
};

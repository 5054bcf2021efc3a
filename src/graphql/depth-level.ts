import type { DepthLevel, WithheldCount } from '../domain/reserve.ts';
import { sizeName } from '../domain/size.ts';
import { builder } from './builder.ts';
import { WithheldReasonEnum } from './withheld-reason.ts';

export const DEPTH_DESCRIPTION = 'The depth of the batch: it holds 2^depth chunks.';
export const SIZE_NAME_DESCRIPTION = '"small" (depth 17), "medium" (20), "large" (22), or "depth-N".';

const WithheldStampsRef = builder.objectRef<WithheldCount>('WithheldStamps').implement({
  description: 'How many stamps of a depth are withheld for one reason.',
  fields: (t) => ({
    reason: t.expose('reason', { type: WithheldReasonEnum, description: 'Why they are not given out.' }),
    count: t.exposeInt('count', { description: 'How many.' }),
  }),
});

export const DepthLevelRef = builder.objectRef<DepthLevel>('DepthLevel').implement({
  description: 'The level of one depth, and its target.',
  fields: (t) => ({
    depth: t.exposeInt('depth', { description: DEPTH_DESCRIPTION }),
    sizeName: t.string({ description: SIZE_NAME_DESCRIPTION, resolve: ({ depth }) => sizeName(depth) }),
    target: t.exposeInt('target', { description: 'How many available stamps the reserve should hold.' }),
    available: t.exposeInt('available', { description: 'How many stamps can be acquired now.' }),
    onOrder: t.exposeInt('onOrder', {
      description: 'How many are bought or being bought, not available yet.',
    }),
    expectedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description:
        'When the next stamp on order is expected, by the lead times of the last purchases; null if none is on order or if it is unknown. In a subscription it is not a change of its own.',
      resolve: ({ depth }, _args, { pool }) => pool.arrivalOf(depth),
    }),
    surplus: t.exposeInt('surplus', { description: 'How many are available above the target.' }),
    low: t.exposeBoolean('low', {
      description: 'True if `available` is at or below the low-reserve threshold and below the target.',
    }),
    withheld: t.expose('withheld', {
      type: [WithheldStampsRef],
      description:
        'What exists and is not given out at the moment, by reason. Of these, MISSING, NODE_CHANGED and NODE_AWAY count as on order.',
    }),
    tooShortLived: t.exposeInt('tooShortLived', {
      description: 'How many are not given out because they have less than the promised time to live.',
    }),
  }),
});

import type { DepthLevel } from '../domain/reserve.ts';
import { sizeName } from '../domain/size.ts';
import type { Builder } from './builder.ts';

export type DepthLevelRef = ReturnType<typeof addDepthLevel>;

/** Where one depth stands. */
export const addDepthLevel = (builder: Builder) =>
  builder.objectRef<DepthLevel>('DepthLevel').implement({
    fields: (t) => ({
      depth: t.exposeInt('depth'),
      sizeName: t.string({ resolve: ({ depth }) => sizeName(depth) }),
      target: t.exposeInt('target', { description: 'How many the reserve should hold.' }),
      available: t.exposeInt('available', { description: 'How many can be acquired now.' }),
      onOrder: t.exposeInt('onOrder', { description: 'Bought or being bought, not yet available.' }),
      surplus: t.exposeInt('surplus', { description: 'How many are available above the target.' }),
      low: t.exposeBoolean('low', {
        description: 'At or below the low-reserve threshold, and below the target.',
      }),
    }),
  });

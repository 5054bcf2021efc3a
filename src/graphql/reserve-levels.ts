import { z } from 'zod';
import { depthSchema } from '../pool/acquire-input.ts';
import type { ReserveLevels } from '../signals/levels.ts';
import type { Builder } from './builder.ts';
import { chosenLevels } from './chosen-levels.ts';
import type { DepthLevelRef } from './depth-level.ts';

const MOST_DEPTHS = 50;

/** The subscription reserveLevels, and what it tells. */
export function addReserveLevels(builder: Builder, depthLevel: DepthLevelRef): void {
  const levels = builder.objectRef<ReserveLevels>('ReserveLevels').implement({
    description: 'The reserve at a moment.',
    fields: (t) => ({
      at: t.expose('at', { type: 'DateTime' }),
      depths: t.expose('depths', { type: [depthLevel], description: 'Smallest first.' }),
      totalAvailable: t.exposeInt('totalAvailable'),
      lowReserve: t.exposeBoolean('low', { description: 'Some depth is low.' }),
    }),
  });
  builder.subscriptionField('reserveLevels', (t) =>
    t.field({
      type: levels,
      description:
        'The levels at once, then every change of them. A slow client is not sent what it missed, but the newest.',
      args: {
        depths: t.arg.intList({
          description: 'Only these; all when left out.',
          validate: { schema: z.array(depthSchema).max(MOST_DEPTHS) },
        }),
      },
      subscribe: (_root, { depths }, { pool }) => chosenLevels(pool.watchLevels(), depths ?? null),
      resolve: (value) => value,
    }),
  );
}

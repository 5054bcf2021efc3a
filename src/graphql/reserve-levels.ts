import { z } from 'zod';
import { depthSchema } from '../pool/acquire-input.ts';
import type { ReserveLevels } from '../signals/levels.ts';
import { builder } from './builder.ts';
import { chosenLevels } from './chosen-levels.ts';
import { DepthLevelRef } from './depth-level.ts';

const MAX_DEPTHS = 50;

const ReserveLevelsRef = builder.objectRef<ReserveLevels>('ReserveLevels').implement({
  description: 'The levels of the reserve at one moment.',
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime', description: 'When these were the levels.' }),
    depths: t.expose('depths', {
      type: [DepthLevelRef],
      description: 'One entry per depth, smallest first.',
    }),
    totalAvailable: t.exposeInt('totalAvailable', { description: 'Available stamps of all these depths.' }),
    lowReserve: t.exposeBoolean('low', { description: 'True if one of these depths is low.' }),
  }),
});

builder.subscriptionField('reserveLevels', (t) =>
  t.field({
    type: ReserveLevelsRef,
    authScopes: { read: true },
    description:
      'The current levels at once, then every change. A slow client gets the newest levels, not those it missed.',
    args: {
      depths: t.arg.intList({
        description: `Only these depths, at most ${MAX_DEPTHS}. Default: all.`,
        validate: { schema: z.array(depthSchema).max(MAX_DEPTHS) },
      }),
    },
    subscribe: (_root, { depths }, { pool }) => chosenLevels(pool.watchLevels(), depths ?? null),
    resolve: (value) => value,
  }),
);

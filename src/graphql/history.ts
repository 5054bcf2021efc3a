import { sizeName } from '../domain/size.ts';
import type { DepthHistory, History, HistoryPoint } from '../pool/history.ts';
import { builder } from './builder.ts';
import { DEPTH_DESCRIPTION, SIZE_NAME_DESCRIPTION } from './depth-level.ts';

const HistoryWindowEnum = builder.enumType('HistoryWindow', {
  description: 'How far back a history goes.',
  values: {
    HOUR: { value: 'hour', description: 'The last hour, in steps of a minute.' },
    DAY: { value: 'day', description: 'The last day, in steps of 15 minutes.' },
    WEEK: { value: 'week', description: 'The last week, in steps of an hour.' },
  } as const,
});

const HistoryPointRef = builder.objectRef<HistoryPoint>('HistoryPoint').implement({
  description: 'What happened to one depth within one step of time.',
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime', description: 'When the step begins.' }),
    available: t.exposeInt('available', {
      nullable: true,
      description:
        'The lowest level of the step; null if the service did not run. It is recorded once a minute; the present level counts in the last step at once.',
    }),
    target: t.exposeInt('target', {
      nullable: true,
      description: 'The target at the end of the step; null if the service did not run.',
    }),
    acquired: t.exposeInt('acquired', {
      description:
        'How many requests for this depth acquired a stamp, of this depth or a larger one. It is counted once a minute.',
    }),
    refused: t.exposeInt('refused', { description: 'How many requests for this depth found no stamp.' }),
  }),
});

const DepthHistoryRef = builder.objectRef<DepthHistory>('DepthHistory').implement({
  description: 'The history of one depth.',
  fields: (t) => ({
    depth: t.exposeInt('depth', { description: DEPTH_DESCRIPTION }),
    sizeName: t.string({ description: SIZE_NAME_DESCRIPTION, resolve: ({ depth }) => sizeName(depth) }),
    points: t.expose('points', {
      type: [HistoryPointRef],
      description: 'One point per step, oldest first; every depth has the same steps.',
    }),
  }),
});

const HistoryRef = builder.objectRef<History>('History').implement({
  description: 'Levels and demand over time.',
  fields: (t) => ({
    from: t.expose('from', { type: 'DateTime', description: 'When the first step begins.' }),
    to: t.expose('to', {
      type: 'DateTime',
      description: 'The time of this answer. The last step contains it.',
    }),
    stepSeconds: t.exposeInt('stepSeconds', { description: 'The length of a step, in seconds.' }),
    depths: t.expose('depths', {
      type: [DepthHistoryRef],
      description: 'The depths with a target and at most 20 others, in stock or asked for; smallest first.',
    }),
  }),
});

builder.queryField('history', (t) =>
  t.field({
    type: HistoryRef,
    authScopes: { read: true },
    description: 'Levels, acquisitions and refusals over time.',
    args: {
      window: t.arg({ type: HistoryWindowEnum, required: true, description: 'How far back.' }),
    },
    resolve: (_root, { window }, { pool }) => pool.history(window),
  }),
);

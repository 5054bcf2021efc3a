import { builder } from './builder.ts';

export const WithheldReasonEnum = builder.enumType('WithheldReason', {
  description: 'Why a stamp is not given out at the moment.',
  values: {
    MISSING: {
      value: 'missing',
      description: 'The node does not show it at the moment. It counts as stock.',
    },
    LOST: { value: 'lost', description: 'The node has not shown it for long. It does not count as stock.' },
    IN_USE: { value: 'in_use', description: 'It shows use although it was not acquired.' },
    NODE_CHANGED: {
      value: 'node_changed',
      description: 'Another node answers in place of the node that owns it. It counts as stock.',
    },
    NODE_AWAY: {
      value: 'node_away',
      description:
        'The node that owns it has not been completely observed for longer than STAMP_POOL_NODE_AWAY_SECONDS. It counts as stock.',
    },
    NODE_LOST: {
      value: 'node_lost',
      description:
        'The node that owns it has not been completely observed for more than twice STAMP_POOL_NODE_AWAY_SECONDS. It does not count as stock.',
    },
    RETIRED: {
      value: 'retired',
      description:
        'Its node was retired, or the name of its node was moved to another address. It does not count as stock.',
    },
  } as const,
});

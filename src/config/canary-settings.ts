import * as parsers from './parsers.ts';

/** The rows of the settings table about the canary. */
export const CANARY_SETTINGS = {
  canarySeconds: {
    name: 'STAMP_POOL_CANARY_MINUTES',
    parser: parsers.minutesText,
    default: '0',
    meaning:
      'How many minutes pass between two test uploads to each node, with a stamp of depth 17 that is bought for them: the canary. 0: no canary.',
  },
} as const;

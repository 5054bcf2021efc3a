import * as exposureParsers from './exposure-parsers.ts';
import * as parsers from './parsers.ts';

/** The rows of the settings table that say how much a request may get. */
export const LIMIT_SETTINGS = {
  ratePerOwner: {
    name: 'STAMP_POOL_RATE_PER_OWNER',
    parser: parsers.rateText,
    default: '50',
    meaning:
      'Requests per second of one owner of tokens, and of one address without a token, on average over 10 seconds. A token may have its own rate.',
  },
  exactFloor: {
    name: 'STAMP_POOL_EXACT_FLOOR',
    parser: parsers.reserveText,
    default: null,
    meaning:
      'How many stamps of a depth are kept for requests of exactly that depth, as depth:count separated by commas, such as "20:2".',
  },
  maxFallbackSteps: {
    name: 'STAMP_POOL_MAX_FALLBACK_STEPS',
    parser: parsers.countText,
    default: null,
    meaning:
      'How many depths larger than requested a stamp may be; each doubles what it costs. 3 lets a request for depth 17 get 20, 0 none larger. Unset: any number.',
  },
  maxDocumentBytes: {
    name: 'STAMP_POOL_MAX_DOCUMENT_BYTES',
    parser: exposureParsers.documentBytesText,
    default: '10000',
    meaning: 'A longer GraphQL document is refused.',
  },
} as const;

export interface Setting {
  /** As the table shows it; null when there is none. */
  readonly default: string | null;
  /** One line. */
  readonly meaning: string;
}

/** Every variable that is read. `--help` and the table in the README are printed from this. */
export const SETTINGS = {
  STAMP_POOL_ENABLED: { default: 'false', meaning: 'Master switch.' },
  STAMP_POOL_RESERVE_SMALL: { default: '1', meaning: 'How many stamps of depth 17 to hold ready.' },
  STAMP_POOL_RESERVE_MEDIUM: { default: '1', meaning: 'How many stamps of depth 20 to hold ready.' },
  STAMP_POOL_RESERVE_LARGE: { default: '0', meaning: 'How many stamps of depth 22 to hold ready.' },
  STAMP_POOL_RESERVE: {
    default: null,
    meaning: 'Replaces the three above: depth:count, separated by commas, such as "17:4,20:2,24:1".',
  },
  STAMP_POOL_CHECK_INTERVAL_SECONDS: {
    default: '900',
    meaning: 'Time between looks at the node. While something is on order it is looked at about every block.',
  },
  STAMP_POOL_MIN_TTL_HOURS: {
    default: '24',
    meaning: 'A stamp is topped up when it has less than this to live.',
  },
  STAMP_POOL_TOPUP_HOURS: { default: '168', meaning: 'By how much.' },
  STAMP_POOL_LOW_RESERVE_THRESHOLD: {
    default: '1',
    meaning: 'A depth with so many stamps or fewer, and fewer than its target, is reported as low.',
  },
  STAMP_POOL_DEFAULT_DURATION_HOURS: { default: '168', meaning: 'For how long stamps are bought.' },
  STAMP_POOL_IMMEDIATE_REPLENISH: {
    default: 'true',
    meaning: 'Buy the replacement as soon as a stamp is given out, not at the next look.',
  },
  STAMP_POOL_ADOPT: {
    default: 'off',
    meaning:
      'Which batches of the node that the pool did not buy it may take in: off; any; or file: and a path, a JSON list of batch ids such as the Python gateway’s pool_state.json.',
  },
  STAMP_POOL_ACQUIRE_MIN_TTL_HOURS: {
    default: '12',
    meaning: 'No stamp is given out with less than this to live.',
  },
  STAMP_POOL_MAX_SPEND_BZZ_PER_DAY: {
    default: null,
    meaning: 'Limit on spending. Unset: ten times what filling all targets costs at the price of the day.',
  },
  STAMP_POOL_MAX_ORDER_BZZ: { default: null, meaning: 'No single purchase or top-up may cost more.' },
  STAMP_POOL_MAX_PRICE_PLUR: {
    default: null,
    meaning: 'Nothing is bought at a higher price per chunk and block.',
  },
  STAMP_POOL_WALLET_FLOOR_BZZ: { default: '0', meaning: 'What must stay in the node’s wallet.' },
  STAMP_POOL_WALLET_FLOOR_XDAI: { default: '0.01', meaning: 'What must stay in the node’s wallet, for gas.' },
  STAMP_POOL_IMMUTABLE: { default: 'true', meaning: 'Whether immutable batches are bought.' },
  STAMP_POOL_REST_CONTRACT: {
    default: '2026-01',
    meaning: 'Status codes of the REST API: 2026-01 or 2026-04, which @datafund/swarm-provenance needs.',
  },
  SWARM_BEE_API_URL: {
    default: null,
    meaning: 'The Bee node: a URL, or name=URL. Required when the pool is enabled.',
  },
  SWARM_BLOCK_TIME_SECONDS: {
    default: '5',
    meaning: 'Block time of the chain; durations and costs are reckoned with it.',
  },
  SWARM_BEE_PUBLIC_URL: {
    default: null,
    meaning: 'Where clients are told to upload. Unset: SWARM_BEE_API_URL.',
  },
  DATABASE_URL: {
    default: 'file:data/stamp-pool.db',
    meaning: 'The SQLite file: file: and a path, relative or absolute, percent-encoded as in a URL.',
  },
  HOST: { default: '127.0.0.1', meaning: 'Address to listen on.' },
  PORT: { default: '8000', meaning: 'Port to listen on; 0 for any that is free.' },
  LOG_LEVEL: { default: 'info', meaning: 'trace, debug, info, warn, error, fatal or silent.' },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;

export const SETTING_NAMES = Object.keys(SETTINGS).filter(isSettingName);

function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(SETTINGS, name);
}

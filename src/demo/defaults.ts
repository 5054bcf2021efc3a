import type { Environment } from '../config/environment.ts';

/** Ten times as many blocks as on Gnosis Chain, so that the first stamps are available within seconds. */
export const DEFAULTS: Environment = {
  SWARM_BLOCK_TIME_SECONDS: '0.5',
  STAMP_POOL_RESERVE: '17:2,20:1',
  STAMP_POOL_CHECK_INTERVAL_SECONDS: '30',
  LOG_LEVEL: 'warn',
};

const rows = Object.entries({
  ...DEFAULTS,
  DATABASE_URL: 'a temporary file, which is deleted when the demo ends',
}).map(([name, value]) => `  ${name.padEnd(33)}  ${value}`);

export const SETTINGS_HELP = `Settings come from the environment only: .env is not read. These have other defaults than in the service:

${rows.join('\n')}

STAMP_POOL_ENABLED and SWARM_BEE_API_URL are set by the demo. If the environment has a DATABASE_URL, the demo writes to that
database: do not name the one of a real pool. PORT=8001 npm run demo uses another port. npm start -- --help lists all settings.`;

import type { Logger } from 'pino';
import { type Access, openAccess } from '../access/access.ts';
import { createJwtVerifier } from '../access/jwt.ts';
import { atMostEvery } from '../at-most-every.ts';
import type { Clock } from '../clock.ts';
import { exposureMistake } from '../config/access-settings.ts';
import type { Config } from '../config/config.ts';
import { ConfigError } from '../config/config-error.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { TokenStore } from '../store/token-store.ts';

type AccessSettings = Pick<Config, 'access' | 'host'>;

interface AccessServices {
  readonly tokens: TokenStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Loads the tokens, and logs who may do what. @throws ConfigError if everyone on the network could do everything. */
export async function openConfiguredAccess(
  settings: AccessSettings,
  { tokens, clock, logger, metrics }: AccessServices,
): Promise<Access> {
  const { jwt, anonymousTier, allowAnonymous, requestsPerSecond } = settings.access;
  const logUnavailable = atMostEvery<unknown>(LOG_INTERVAL_MS, clock, (err, count) =>
    logger.error(
      { err, count },
      'the keys of the JWT issuer cannot be fetched or used: their tokens are not accepted',
    ),
  );
  const logFailedTry = atMostEvery<string>(LOG_INTERVAL_MS, clock, (address, count) =>
    logger.warn({ address, count }, 'requests were refused because of an invalid token'),
  );
  const access = await openAccess({
    tokens,
    clock,
    verifyJwt: jwt && createJwtVerifier(jwt, { clock, onUnavailable: logUnavailable }),
    anonymousTier,
    requestsPerSecond,
    onRateExceeded: () => metrics.rateExceeded(),
    onFailedTry: (address) => {
      metrics.failedTry();
      logFailedTry(address);
    },
  });
  const mistake = access.isOpen() && !allowAnonymous ? exposureMistake(settings.host) : null;
  if (mistake !== null) throw new ConfigError([mistake]);
  logMode(access, settings, logger);
  return access;
}

/** Anyone can send requests that are logged. */
const LOG_INTERVAL_MS = 60_000;

function logMode(access: Access, { access: settings, host }: AccessSettings, logger: Logger): void {
  if (access.isOpen()) {
    if (exposureMistake(host) === null)
      logger.info('open: there has never been a token, so every program on this machine may do everything');
    else
      logger.warn(
        { host },
        'open to other machines: STAMP_POOL_ALLOW_ANONYMOUS is set and there has never been a token, so everyone who reaches the service may do everything',
      );
    return;
  }
  const liveTokens = access.liveTokens();
  const { jwt, anonymousTier, allowAnonymous } = settings;
  logger.info(
    { liveTokens, issuer: jwt?.issuer ?? null, anonymousStampsPerDay: anonymousTier?.dailyStamps ?? 0 },
    'requests need a token',
  );
  if (allowAnonymous)
    logger.warn('STAMP_POOL_ALLOW_ANONYMOUS has no effect: a token was created, or an issuer was set');
  if (liveTokens === 0 && jwt === null && anonymousTier === null)
    logger.warn('no token is valid: create one with "npm run -s stamp-pool -- token create"');
}

import type { Logger } from 'pino';
import { atMostEvery } from '../at-most-every.ts';
import type { Clock } from '../clock.ts';
import { ConfigError } from '../config/config-error.ts';
import type { TelemetryVariables } from '../config/telemetry-variables.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';

/**
 * Loads and starts OpenTelemetry, which takes 50 MB on disk and a third of a second: only a service that uses it does.
 * @throws ConfigError if its package is not installed.
 */
export async function startTelemetry(
  variables: TelemetryVariables,
  { logger, clock }: { readonly logger: Logger; readonly clock: Clock },
): Promise<Telemetry> {
  const { startOpenTelemetry } = await import('../telemetry/open-telemetry.ts').catch(refuse);
  return startOpenTelemetry({
    variables: variables.reveal(),
    logger,
    logAtMost: (log) => atMostEvery<string>(LOG_INTERVAL_MS, clock, (message) => log(message)),
  });
}

const LOG_INTERVAL_MS = 60_000;

function refuse(error: unknown): never {
  if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')
    throw new ConfigError([
      'OTEL_EXPORTER_OTLP_ENDPOINT is set, but OpenTelemetry is not installed: npm install --no-save --save-prod --omit=dev @opentelemetry/sdk-node',
    ]);
  throw error;
}

import { DiagLogLevel, diag } from '@opentelemetry/api';
import { NodeSDK, resources } from '@opentelemetry/sdk-node';
import type { Logger } from 'pino';
import { exportSeries, recordDurations } from './export-metrics.ts';
import { tracePool, traceRequests, traceSend, traceStep, traceStore } from './spans.ts';
import type { Telemetry } from './telemetry.ts';

/** How long the end of the process waits for what is not sent yet. */
const MAX_FLUSH_MS = 1000;

/**
 * Starts the OpenTelemetry SDK for the whole process. This is the only module that loads it. Its own variables (OTEL_…)
 * configure it, from `variables` where the process has none.
 */
export function startOpenTelemetry({ variables, logger, logAtMost }: OpenTelemetryParts): Telemetry {
  for (const [name, value] of Object.entries(variables)) process.env[name] ??= value;
  const logProblem = logAtMost((message: string) =>
    logger.warn({ telemetry: message }, 'OpenTelemetry reports a problem'),
  );
  diag.setLogger(
    { error: logProblem, warn: logProblem, info: () => {}, debug: () => {}, verbose: () => {} },
    DiagLogLevel.WARN,
  );
  const { defaultResource, resourceFromAttributes, serviceInstanceIdDetector, envDetector } = resources;
  const sdk = new NodeSDK({
    instrumentations: [],
    logRecordProcessors: [],
    resource: defaultResource().merge(resourceFromAttributes({ 'service.name': 'stamp-pool' })),
    // The id distinguishes replicas. The last detector wins. Not that of the process, which sends its arguments.
    resourceDetectors: [serviceInstanceIdDetector, envDetector],
  });
  sdk.start();
  return {
    trace: traceStep,
    traceRequests,
    traceSend,
    traceStore,
    tracePool,
    recordDurations,
    exportSeries: (metrics, sources) =>
      exportSeries(metrics, sources, (err) =>
        logger.error({ err }, 'OpenTelemetry cannot export the metrics'),
      ),
    [Symbol.asyncDispose]: async () => {
      const { promise: timeout, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, MAX_FLUSH_MS);
      await Promise.race([sdk.shutdown().catch((error: unknown) => logProblem(String(error))), timeout]);
      clearTimeout(timer);
    },
  };
}

export interface OpenTelemetryParts {
  /** The variables of the SDK that .env has. */
  readonly variables: Readonly<Record<string, string>>;
  readonly logger: Logger;
  /** Limits how often a function is called: a collector that is away is reported for each batch. */
  readonly logAtMost: (log: (message: string) => void) => (message: string) => void;
}

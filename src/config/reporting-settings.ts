import * as parsers from './parsers.ts';

/** The rows of the settings table that say what the service reports about itself, and where. */
export const REPORTING_SETTINGS = {
  otlpEndpoint: {
    name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    parser: parsers.urlText,
    default: null,
    meaning:
      'Where OpenTelemetry sends traces and metrics, such as http://127.0.0.1:4318. The other OTEL_ variables of its SDK apply, too. Unset: nothing is sent.',
  },
  logLevel: {
    name: 'LOG_LEVEL',
    parser: parsers.logLevelText,
    default: 'info',
    meaning: 'trace, debug, info, warn, error, fatal or silent.',
  },
} as const;

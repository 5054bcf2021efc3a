import type { Environment } from './environment.ts';
import { Secret } from './secret.ts';
import { SETTINGS } from './settings.ts';
import type { SettingsReader } from './settings-reader.ts';

/** The variables of the OpenTelemetry SDK. OTEL_EXPORTER_OTLP_HEADERS has the credentials of a collector. */
export class TelemetryVariables extends Secret {
  readonly #values: Readonly<Record<string, string>>;

  constructor(env: Environment) {
    super();
    this.#values = Object.fromEntries(
      Object.entries(env).flatMap(([name, value]) =>
        name.startsWith('OTEL_') && value !== undefined ? [[name, value]] : [],
      ),
    );
  }

  reveal(): Readonly<Record<string, string>> {
    return this.#values;
  }
}

/** null: no telemetry is sent. undefined after a mistake. */
export function readTelemetry(read: SettingsReader, env: Environment): TelemetryVariables | null | undefined {
  const endpoint = read.optional(SETTINGS.otlpEndpoint);
  if (endpoint === undefined || endpoint === null) return endpoint;
  return env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true' ? null : new TelemetryVariables(env);
}

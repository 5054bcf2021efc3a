import { type DestinationStream, type Logger, pino } from 'pino';
import { withoutUserInfo } from './config/secret-url.ts';
import type { LogLevel } from './config/values.ts';

export interface LoggerOptions {
  readonly level: LogLevel;
  /** Standard output by default. */
  readonly destination?: DestinationStream;
}

/** One JSON line per event, without the passwords that URLs and headers may carry. */
export const createLogger = ({ level, destination }: LoggerOptions): Logger =>
  pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: ['authorization', '*.authorization', '*.headers.authorization'], censor: '[secret]' },
      hooks: { streamWrite: withoutUserInfo },
    },
    destination ?? pino.destination({ dest: 1, sync: true }),
  );

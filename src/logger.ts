import { type DestinationStream, type Logger, pino } from 'pino';
import type { LogLevel } from './config/parsers.ts';
import { withoutUserInfo } from './config/secret-url.ts';
import type { LogOutput } from './log-output.ts';

export interface LoggerOptions {
  readonly level: LogLevel;
  readonly destination: DestinationStream;
}

/** The log of a process: a logger, and the output behind it, which never waits for its reader. */
export interface ProcessLog {
  readonly logger: Logger;
  readonly output: LogOutput;
}

interface ProcessLogOptions {
  readonly level: LogLevel;
  readonly output: LogOutput;
  /** How a JSON line is shown; as it is by default. */
  readonly format?: (line: string) => string;
}

export function createProcessLog({ level, output, format = (line) => line }: ProcessLogOptions): ProcessLog {
  const logger = createLogger({ level, destination: { write: (line) => output.write(format(line)) } });
  output.onFlowing = (dropped) => logger.warn({ dropped }, 'the log was not read: lines were dropped');
  return { logger, output };
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
    destination,
  );

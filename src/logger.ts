import { type DestinationStream, type Logger, pino } from 'pino';
import type { LogLevel } from './config/parsers.ts';
import { withoutUserInfo } from './config/secret-url.ts';
import type { LogOutput } from './log-output.ts';

export function createProcessLog({ level, output, format = (line) => line }: ProcessLogOptions): ProcessLog {
  const logger = createLogger({ level, destination: { write: (line) => output.write(format(line)) } });
  output.onFlowing = (dropped) => logger.warn({ dropped }, 'the log was not read; lines were dropped');
  return { logger, output };
}

/** A logger and the output that it writes to, which never blocks. */
export interface ProcessLog {
  readonly logger: Logger;
  readonly output: LogOutput;
}

interface ProcessLogOptions {
  readonly level: LogLevel;
  readonly output: LogOutput;
  /** Formats a JSON line. Default: unchanged. */
  readonly format?: (line: string) => string;
}

/** Logs one JSON line per event, and removes passwords from URLs and headers. */
export const createLogger = ({ level, destination }: LoggerOptions): Logger =>
  pino(
    {
      level,
      base: null,
      timestamp: isoTimes(),
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: ['authorization', '*.authorization', '*.headers.authorization'], censor: '[secret]' },
      hooks: { streamWrite: withoutUserInfo },
    },
    destination,
  );

/**
 * Logs the decisions of the service, one line each. Their fields are named by the code, and none is a header, so no key is
 * looked for in them: that takes longer than the rest of a line.
 */
export const decisionLogger = (logger: Logger): Logger => logger.child({}, { redact: [] });

/** A field with the time of each line. Lines of one millisecond share it: to format a date takes a fifth of a line. */
function isoTimes(): () => string {
  let last = { ms: 0, field: '' };
  return () => {
    const ms = Date.now();
    if (ms !== last.ms) last = { ms, field: `,"time":"${new Date(ms).toISOString()}"` };
    return last.field;
  };
}

export interface LoggerOptions {
  readonly level: LogLevel;
  readonly destination: DestinationStream;
}

import { z } from 'zod';
import type { Incident } from './check.ts';

/** The incidents in the log of a process. */
export const incidentsIn = (log: string): Incident[] =>
  log.split('\n').flatMap((line) => incidentLine.safeParse(parseJson(line)).data ?? []);

const incidentLine = z.object({ code: z.string(), subject: z.string(), msg: z.string() });

/** The last line of a killed process may be incomplete. */
function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

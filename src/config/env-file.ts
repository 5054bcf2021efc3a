import { lstatSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { readTextFile } from './text-file.ts';

/** A quoted value, which may span several lines, with the preceding "=". */
const QUOTED = /=[ \t]*(["'`])[^]*?\1/g;
const ASSIGNMENT = /^\s*(export\s+)?[\w.-]+\s*=/;

/**
 * The variables in a file in the format of dotenv. Returns none if the file does not exist.
 *
 * @throws RangeError if the file cannot be read, or if a line is not an assignment: a pool that ignored such a line could
 * start disabled.
 */
export function readEnvFile(path: string): Readonly<Record<string, string | undefined>> {
  if (!lstatSync(path, { throwIfNoEntry: false })) return {}; // a dangling link is a mistake, not a missing file
  let text: string;
  try {
    text = readTextFile(path);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new RangeError(`${path} cannot be read: ${cause.message}`, { cause });
  }
  const line = firstInvalidLine(text);
  if (line !== null) throw new RangeError(`${path}: line ${line} is not NAME=value`);
  // Node keeps `export` in the names of indented lines.
  return Object.fromEntries(
    Object.entries(parseEnv(text)).map(([name, value]) => [name.replace(/^export\s+/, ''), value]),
  );
}

/** Returns its number, counted from 1. The line itself is not returned, because it may contain a secret. */
function firstInvalidLine(text: string): number | null {
  const lines = text
    .replaceAll(QUOTED, (value) => `=${'\n'.repeat(value.split('\n').length - 1)}=`)
    .split('\n');
  const index = lines.findIndex((line) => !/^\s*($|[#=])/.test(line) && !ASSIGNMENT.test(line));
  return index < 0 ? null : index + 1;
}

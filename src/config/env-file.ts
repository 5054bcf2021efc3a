import { lstatSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { readTextFile } from './text-file.ts';

/** A quoted value with the sign before it, which may go over several lines. */
const QUOTED = /=[ \t]*(["'`])[^]*?\1/g;
const ASSIGNMENT = /^\s*(export\s+)?[\w.-]+\s*=/;

/**
 * The variables of a file in the style of dotenv; none when there is no such file.
 *
 * @throws RangeError, one sentence, when it cannot be read or has a line that sets nothing: a pool that starts without
 * its settings starts disabled.
 */
export function readEnvFile(path: string): Readonly<Record<string, string | undefined>> {
  if (!lstatSync(path, { throwIfNoEntry: false })) return {}; // a link to nothing is a mistake, not an absent file
  let text: string;
  try {
    text = readTextFile(path);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new RangeError(`${path} cannot be read: ${cause.message}`, { cause });
  }
  const line = lineThatSetsNothing(text);
  if (line !== null) throw new RangeError(`${path}: line ${line} is not NAME=value`);
  // Node leaves `export` in some names, such as after an indentation.
  return Object.fromEntries(
    Object.entries(parseEnv(text)).map(([name, value]) => [name.replace(/^export\s+/, ''), value]),
  );
}

/** Counted from 1; the line itself may hold a secret. */
function lineThatSetsNothing(text: string): number | null {
  const lines = text
    .replaceAll(QUOTED, (value) => `=${'\n'.repeat(value.split('\n').length - 1)}=`)
    .split('\n');
  const index = lines.findIndex((line) => !/^\s*($|[#=])/.test(line) && !ASSIGNMENT.test(line));
  return index < 0 ? null : index + 1;
}

import type { Adoption } from '../domain/policy.ts';
import { type BatchId, isBatchId } from '../domain/units.ts';

export type ReadText = (path: string) => string;

/** @throws RangeError, in words, when `given` is none of off, any and file:<path>, or the file is no list of batch ids. */
export function parseAdoption(given: string, readText: ReadText): Adoption {
  if (given === 'off') return { from: 'nowhere' };
  if (given === 'any') return { from: 'any' };
  const path = /^file:(.+)$/.exec(given)?.[1];
  if (path === undefined) throw new RangeError(`"${given}" is not off, any or file:<path>`);
  return { from: 'list', batchIds: parseList(read(path, readText), path) };
}

function read(path: string, readText: ReadText): string {
  try {
    return readText(path);
  } catch (error) {
    const why =
      error instanceof Error && 'code' in error && error.code === 'ENOENT'
        ? 'there is no such file'
        : String(error);
    throw new RangeError(`cannot read ${path}: ${why}`, { cause: error });
  }
}

function parseList(text: string, path: string): ReadonlySet<BatchId> {
  const list = parseJson(text, path);
  if (!Array.isArray(list)) throw new RangeError(`${path} is not a JSON list of batch ids`);
  return new Set(list.map((entry: unknown) => parseEntry(entry, path)));
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RangeError(`${path} is not JSON`, { cause: error });
  }
}

function parseEntry(entry: unknown, path: string): BatchId {
  const id = typeof entry === 'string' ? entry.toLowerCase().replace(/^0x/, '') : '';
  if (isBatchId(id)) return id;
  throw new RangeError(`${path}: ${JSON.stringify(entry)} is not a batch id of 64 hex digits`);
}

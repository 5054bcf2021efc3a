import type { Adoption } from '../domain/policy.ts';
import { type BatchId, isBatchId } from '../domain/units.ts';
import { pathOfFileUrl } from './file-url.ts';
import { quoted } from './secret-url.ts';

/** @throws RangeError that says why the file cannot be read. */
export type ReadText = (path: string) => string;

/** @throws RangeError, in words, when `given` is none of off, any and file:<path>, or the file is no list of batch ids. */
export function parseAdoption(given: string, readText: ReadText): Adoption {
  if (given === 'off') return { from: 'nowhere' };
  if (given === 'any') return { from: 'any' };
  if (!given.startsWith('file:')) throw new RangeError(`${quoted(given)} is not off, any or file:<path>`);
  const path = pathOfFileUrl(given);
  return { from: 'list', batchIds: parseList(read(path, readText), path) };
}

function read(path: string, readText: ReadText): string {
  try {
    return readText(path);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RangeError(`cannot read ${path}: ${error.message}`, { cause: error });
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

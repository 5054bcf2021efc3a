import type { Adoption } from '../domain/policy.ts';
import { type BatchId, isBatchId } from '../domain/units.ts';

/** The value of STAMP_POOL_ADOPT, before its file is read. */
export type AdoptionSource =
  | { readonly from: 'off' }
  | { readonly from: 'any' }
  | { readonly from: 'file'; readonly path: string };

/** @throws RangeError with the reason why the file cannot be read. */
export type ReadText = (path: string) => string;

/** @throws RangeError with the mistake in the file. */
export function adoptionOf(source: AdoptionSource, readText: ReadText): Adoption {
  if (source.from === 'off') return { from: 'nowhere' };
  if (source.from === 'any') return { from: 'any' };
  return { from: 'list', batchIds: parseList(read(source.path, readText), source.path) };
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

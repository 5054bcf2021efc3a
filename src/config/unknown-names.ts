import { SETTING_NAMES } from './settings.ts';

/** Variables of the Python gateway that this service does not use, and what replaces them. */
const RETIRED: Readonly<Record<string, string>> = {
  STAMP_POOL_STATE_FILE:
    'the state of the pool is in DATABASE_URL; STAMP_POOL_ADOPT=file:<path> adopts the stamps listed in that file',
};

/** Variables of the command line, which may be in the same .env. */
const COMMAND_NAMES: ReadonlySet<string> = new Set(['STAMP_POOL_URL', 'STAMP_POOL_TOKEN']);

/** One warning per unknown STAMP_POOL_* variable, with the setting that has the most similar name. */
export function warnOfUnknownNames(names: readonly string[]): readonly string[] {
  return names
    .filter((name) => name.startsWith('STAMP_POOL_') && !COMMAND_NAMES.has(name))
    .filter((name) => !SETTING_NAMES.some((known) => known === name))
    .toSorted()
    .map((name) => {
      const instead = RETIRED[name];
      if (instead !== undefined) return `${name} is not used: ${instead}`;
      const nearest = nearestTo(name);
      return `${name} is not a setting, and is ignored${nearest === undefined ? '' : `: did you mean ${nearest}?`}`;
    });
}

/** A typing mistake changes few letters. */
const MAX_EDITS = 4;

function nearestTo(name: string): string | undefined {
  const [nearest] = SETTING_NAMES.map((known) => ({ known, edits: editDistance(name, known) }))
    .filter(({ edits }) => edits <= MAX_EDITS)
    .toSorted((a, b) => a.edits - b.edits);
  return nearest?.known;
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 0; row < a.length; row += 1) {
    const current = [row + 1];
    for (let column = 0; column < b.length; column += 1) {
      const [left = 0, above = 0, diagonal = 0] = [current[column], previous[column + 1], previous[column]];
      current.push(Math.min(left + 1, above + 1, diagonal + (a[row] === b[column] ? 0 : 1)));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}

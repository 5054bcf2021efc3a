const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Whether brackets in a JSON text are nested deeper than `levels`. Brackets inside strings do not count. One pass over
 * the text, whatever is in it: a pattern over the same text takes quadratic time when a string is not closed.
 */
export function isNestedDeeper(text: string, levels: number): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (inString) {
      if (unit === BACKSLASH) at += 1;
      else if (unit === QUOTE) inString = false;
    } else if (unit === QUOTE) inString = true;
    else depth += bracketStep(unit);
    if (depth > levels) return true;
  }
  return false;
}

/** `[` and `{` open a level, `]` and `}` close one. */
function bracketStep(unit: number): number {
  switch (unit) {
    case 0x5b:
    case 0x7b:
      return 1;
    case 0x5d:
    case 0x7d:
      return -1;
    default:
      return 0;
  }
}

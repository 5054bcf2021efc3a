const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;

/**
 * Whether a JSON text exceeds these limits. Characters inside strings do not count. It takes one pass over any text; a
 * regular expression would take quadratic time on a string that is not closed.
 */
export function exceedsLimits(
  text: string,
  { levels, values = Number.POSITIVE_INFINITY }: JsonLimits,
): boolean {
  let depth = 0;
  let commas = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (inString) {
      if (unit === BACKSLASH) at += 1;
      else if (unit === QUOTE) inString = false;
    } else if (unit === QUOTE) inString = true;
    else if (unit === COMMA) commas += 1;
    else depth += bracketStep(unit);
    if (depth > levels || commas >= values) return true;
  }
  return false;
}

export interface JsonLimits {
  /** The depth of nested arrays and objects. */
  readonly levels: number;
  /** The number of members and elements, counted by the commas between them. */
  readonly values?: number;
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

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;

export interface JsonLimits {
  /** Arrays and objects inside each other. */
  readonly levels: number;
  /** Members and elements, counted by the commas between them. */
  readonly values?: number;
}

/**
 * Whether a JSON text is beyond these limits; what is inside strings does not count. One pass over the text, whatever
 * is in it: a pattern over the same text takes quadratic time when a string is not closed.
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

import type { Draw } from './draw.ts';

/** The text with one to three random edits: cut, repeated, exchanged or inserted characters. */
export function mutateText(text: string, draw: Draw, pieces: readonly string[] = PIECES): string {
  let mutated = text;
  for (let edits = draw.between(1, 3); edits > 0; edits -= 1) mutated = edit(mutated, draw, pieces);
  return mutated;
}

const PIECES = [
  '"',
  '\\',
  '{',
  '}',
  '[',
  ']',
  ':',
  ',',
  '\0',
  '\ufeff',
  '\ud800',
  '😀',
  '1e999',
  'null',
  '//',
];

function edit(text: string, draw: Draw, pieces: readonly string[]): string {
  const at = draw.below(text.length + 1);
  const length = draw.between(1, 12);
  const [before, part, after] = [text.slice(0, at), text.slice(at, at + length), text.slice(at + length)];
  switch (draw.below(7)) {
    case 0:
      return before; // truncated
    case 1:
      return before + after;
    case 2:
      return before + part.repeat(draw.between(2, 40)) + after;
    case 3:
      return after + part + before;
    case 4:
      return before + draw.pick(pieces) + part + after;
    case 5:
      return before + draw.pick(pieces).repeat(draw.between(1, 60)) + after;
    default:
      return before + draw.text(6) + after;
  }
}

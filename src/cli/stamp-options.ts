import { Option } from 'commander';
import { SIZE_DEPTHS, SIZES, type Size } from '../domain/size.ts';
import { type Depth, depth, MAX_DEPTH, MIN_DEPTH } from '../domain/units.ts';
import { argument } from './command.ts';

/** Which stamps: by the name of a size, or by a depth. */
export interface StampChoice {
  readonly size?: Size;
  readonly depth?: Depth;
}

export const sizeOption = (): Option =>
  new Option(
    '--size <size>',
    `${SIZES.map((size) => `${size} is depth ${SIZE_DEPTHS[size]}`).join(', ')}.`,
  ).choices(SIZES);

export const depthOption = [
  '--depth <depth>',
  `The depth, from ${MIN_DEPTH} to ${MAX_DEPTH}. Takes precedence over --size.`,
  argument(parseDepth),
] as const;

/** As variables of GraphQL. */
export const choiceVariables = ({ size, depth: chosen }: StampChoice) => ({
  ...(size === undefined ? {} : { size: size.toUpperCase() }),
  ...(chosen === undefined ? {} : { depth: chosen }),
});

/** @throws RangeError */
function parseDepth(text: string): Depth {
  if (/^\d{1,3}$/.test(text)) return depth(Number(text));
  throw new RangeError(`It is not a whole number from ${MIN_DEPTH} to ${MAX_DEPTH}.`);
}

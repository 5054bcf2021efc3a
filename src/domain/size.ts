import { type Depth, depth } from './units.ts';

/** The three named sizes. Any other depth is named `depth-N`. */
export const SIZE_DEPTHS = { small: depth(17), medium: depth(20), large: depth(22) } as const;

/** The size of the canary of a node. */
export const CANARY_DEPTH = SIZE_DEPTHS.small;

export type Size = keyof typeof SIZE_DEPTHS;
export const SIZES = ['small', 'medium', 'large'] as const satisfies readonly Size[];

/** 17 -> "small", 18 -> "depth-18". */
export const sizeName = (wanted: Depth): string =>
  SIZES.find((size) => SIZE_DEPTHS[size] === wanted) ?? `depth-${wanted}`;

import { SIZE_DEPTHS, SIZES, type Size } from '../domain/size.ts';
import type { Builder } from './builder.ts';

export type StampSizeRef = ReturnType<typeof addStampSize>;

export const addStampSize = (builder: Builder) =>
  builder.enumType('StampSize', {
    description: 'The sizes that have a name; any other is asked for by its depth.',
    values: Object.fromEntries(
      SIZES.map((size): [string, { value: Size; description: string }] => [
        size.toUpperCase(),
        { value: size, description: `Depth ${SIZE_DEPTHS[size]}.` },
      ]),
    ),
  });

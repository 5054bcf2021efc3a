import { GraphQLError } from 'graphql';
import { isBatchId } from '../domain/units.ts';
import type { Builder } from './builder.ts';

/** The scalars that the words of the pool need. Only BatchID is ever input. */
export function addScalars(builder: Builder): void {
  builder.scalarType('BatchID', {
    description: 'The id of a postage batch: 64 lowercase hex digits, without 0x.',
    serialize: (batchId) => batchId,
    parseValue: (value) => {
      if (typeof value === 'string' && isBatchId(value)) return value;
      throw new GraphQLError(
        `${JSON.stringify(value)} is not a batch id: 64 lowercase hex digits, without 0x.`,
      );
    },
  });
  builder.scalarType('DateTime', {
    description: 'A moment in UTC, ISO 8601: "2026-01-31T12:00:00.000Z".',
    serialize: (date) => date.toISOString(),
  });
  builder.scalarType('Plur', {
    description: '10^-16 BZZ, as a decimal string: "15000000000000000" is 1.5 BZZ.',
    serialize: (plur) => plur.toString(),
  });
  builder.scalarType('Wei', {
    description: '10^-18 xDAI, as a decimal string: "10000000000000000" is 0.01 xDAI.',
    serialize: (wei) => wei.toString(),
  });
  builder.scalarType('SafeInt', {
    description: 'A whole number of up to 2^53 - 1, as a JSON number: more than Int can say.',
    serialize: (count) => count,
  });
}

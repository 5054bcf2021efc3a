import { GraphQLError } from 'graphql';
import { isBatchId } from '../domain/units.ts';
import { builder } from './builder.ts';

const MAX_QUOTED_CHARACTERS = 80;

builder.scalarType('BatchID', {
  description: 'The id of a postage batch: 64 lowercase hex digits, without 0x.',
  specifiedByURL: 'https://github.com/ethersphere/bee/blob/master/openapi/SwarmCommon.yaml',
  serialize: (batchId) => batchId,
  parseValue: (value) => {
    if (typeof value === 'string' && isBatchId(value)) return value;
    const quoted = JSON.stringify(value).slice(0, MAX_QUOTED_CHARACTERS);
    throw new GraphQLError(`${quoted} is not a batch id: 64 lowercase hex digits, without 0x.`);
  },
});

builder.scalarType('DateTime', {
  description: 'A moment in UTC, as ISO 8601, e.g. "2026-01-31T12:00:00.000Z".',
  specifiedByURL: 'https://scalars.graphql.org/andimarek/date-time.html',
  serialize: (date) => date.toISOString(),
});

builder.scalarType('Plur', {
  description: 'An amount in PLUR, 10^-16 BZZ, as a decimal string: "15000000000000000" is 1.5 BZZ.',
  specifiedByURL: 'https://docs.ethswarm.org/docs/references/glossary/',
  serialize: (plur) => plur.toString(),
});

builder.scalarType('Wei', {
  description: 'An amount in wei, 10^-18 xDAI, as a decimal string: "10000000000000000" is 0.01 xDAI.',
  specifiedByURL: 'https://ethereum.org/glossary/#wei',
  serialize: (wei) => wei.toString(),
});

builder.scalarType('SafeInt', {
  description: 'A whole number up to 2^53 - 1, as a JSON number. It can exceed the range of Int.',
  specifiedByURL: 'https://tc39.es/ecma262/#sec-number.issafeinteger',
  serialize: (count) => count,
});

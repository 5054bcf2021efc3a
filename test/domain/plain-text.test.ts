import { expect, test } from 'vitest';
import { asSentence } from '../../src/domain/plain-text.ts';

test('a text becomes a sentence with one period, or keeps its own mark', () => {
  const texts = ['the node is behind', 'This Bee node has no chain.', 'did you mean PORT?', 'cut off…'];
  expect(texts.map(asSentence)).toEqual([
    'the node is behind.',
    'This Bee node has no chain.',
    'did you mean PORT?',
    'cut off…',
  ]);
});

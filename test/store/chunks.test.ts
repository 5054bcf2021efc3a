import { expect, test } from 'vitest';
import { inChunks } from '../../src/store/sqlite/acquire-statements.ts';

test('rows are written in as few chunks as five kinds of statements allow, each row once and in order', () => {
  const sizesOf = (count: number): readonly number[] => {
    const rows = Array.from({ length: count }, (_, at) => at);
    const chunks = [...inChunks(rows)];
    expect(chunks.flat()).toEqual(rows);
    return chunks.map(({ length }) => length);
  };
  expect([0, 1, 2, 3, 7, 16, 31, 40].map(sizesOf)).toEqual([
    [],
    [1],
    [2],
    [2, 1],
    [4, 2, 1],
    [16],
    [16, 8, 4, 2, 1],
    [16, 16, 8],
  ]);
});

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Fingerprint } from '../../../src/store/copy/fingerprint.ts';

type Rows = readonly (readonly [name: string, id: number])[];

test('the fingerprint of a copy is that of its rows in any order and in any parts', () => {
  const row = fc.tuple(fc.constantFrom('stamps', 'orders'), fc.nat());
  fc.assert(
    fc.property(fc.array(row), fc.func(fc.nat()), (rows, place) => {
      const shuffled = rows.toSorted((a, b) => place(a) - place(b));
      expect(printOf(shuffled)).toBe(printOf(rows));
      expect(printOf(rows)).toMatch(/^[0-9a-f]{64}$/);
    }),
  );
});

test('a row that is missing, of another table, or there twice changes the fingerprint', () => {
  const rows: Rows = [
    ['stamps', 1],
    ['orders', 2],
  ];
  const others: readonly Rows[] = [
    [],
    rows.slice(1),
    [...rows, ...rows],
    [
      ['orders', 1],
      ['orders', 2],
    ],
  ];
  const prints = [rows, ...others].map(printOf);
  expect(new Set(prints).size).toBe(prints.length);
});

function printOf(rows: Rows): string {
  const fingerprint = new Fingerprint();
  for (const [name, id] of rows) fingerprint.add({ name, columns: ['id'] }, [{ id }]);
  return fingerprint.text;
}

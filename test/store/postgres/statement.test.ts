import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { given, statement } from '../../../src/store/postgres/statement.ts';

test('two statements do not have one name: the server would prepare only the first', () => {
  statement('of-this-test', sql`select ${given('value')}`);
  expect(() => statement('of-this-test', sql`select 1`)).toThrow(
    'there are two statements called of-this-test',
  );
});

test('a statement has no value in its text, but parameters', () => {
  expect(() => statement('with-a-value', sql`select ${'value'}`)).toThrow(
    'with-a-value has a value in its text',
  );
});

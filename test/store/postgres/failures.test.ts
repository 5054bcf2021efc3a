import { DatabaseError } from 'pg';
import { expect, test } from 'vitest';
import { ConnectionLostError, failureOf, isConflict } from '../../../src/store/postgres/failures.ts';
import { StoreFailedError } from '../../../src/store/store.ts';

const refused = (code: string): DatabaseError => Object.assign(new DatabaseError('no', 2, 'error'), { code });

test.for(['08006', '25006', '28P01', '3D000', '42501', '53300', '55P03', '57014', '58030', 'XX001'])(
  'SQLSTATE %s is a fault of the database, whose connection goes on',
  (code) => {
    const failure = failureOf(refused(code));
    expect(failure).toBeInstanceOf(StoreFailedError);
    expect(failure).not.toBeInstanceOf(ConnectionLostError);
    expect(failure).toMatchObject({ message: `no (${code})`, cause: { code } });
    expect(isConflict(failure)).toBe(false);
  },
);

test.for(['57P01', '57P02', '57P03', '57P05', '25P03'])('SQLSTATE %s ends the connection', (code) => {
  expect(failureOf(refused(code))).toBeInstanceOf(ConnectionLostError);
});

test.for(['40001', '40P01', '23505'])('a transaction that failed with SQLSTATE %s runs again', (code) => {
  expect(isConflict(failureOf(refused(code)))).toBe(true);
});

test.for(['22012', '23514', '42601'])('SQLSTATE %s is a bug, and stays as it is', (code) => {
  const error = refused(code);
  expect(failureOf(error)).toBe(error);
  expect(isConflict(error)).toBe(false);
});

test('what is no answer of the database is a lost connection, with the messages of all attempts', () => {
  const attempts = new AggregateError([new Error('ECONNREFUSED ::1'), new Error('ECONNREFUSED 127.0.0.1')]);
  const failure = failureOf(attempts);
  expect(failure).toBeInstanceOf(ConnectionLostError);
  expect(failure).toMatchObject({
    message: 'no answer from the database: ECONNREFUSED ::1, ECONNREFUSED 127.0.0.1',
    cause: attempts,
  });
  expect(failureOf(failure)).toBe(failure);
});

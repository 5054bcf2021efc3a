import { DatabaseError } from 'pg';
import { StoreFailedError } from '../store.ts';

/** The connection ended, or the server did not answer in time. What it was asked for may have happened or not. */
export class ConnectionLostError extends StoreFailedError {}

/** SQLSTATE classes and codes for faults of the server, the network or its operator; the others are bugs. */
const AT_FAULT = [
  '08', // connection
  '25006', // read-only: a server that stands by
  '28', // authorization
  '3D000', // no such database
  '42501', // no permission
  '53', // resources
  '55P03', // a lock was not available
  '57', // the operator has intervened, or a timeout
  '58', // system error
  'XX', // internal error, damaged data
];

/** Another transaction was in the way. The same transaction may succeed when it is run again. */
const CONFLICTS = [
  '40001', // serialization failure
  '40P01', // deadlock
  '23505', // unique violation: another replica has written the same key or the same new row
];

/** The server ends a connection with these. */
const ENDS_CONNECTION = ['57P01', '57P02', '57P03', '57P05', '25P03'];

export const isConflict = (error: unknown): boolean =>
  error instanceof DatabaseError && error.code !== undefined && CONFLICTS.includes(error.code);

/** The error of a statement as the port has it: StoreFailedError if the database is at fault. Bugs stay as they are. */
export function failureOf(error: unknown): unknown {
  if (error instanceof StoreFailedError) return error;
  if (!(error instanceof DatabaseError))
    return new ConnectionLostError(`no answer from the database: ${describe(error)}`, { cause: error });
  const { code = '', message } = error;
  if (ENDS_CONNECTION.includes(code))
    return new ConnectionLostError(`${message} (${code})`, { cause: error });
  if (isConflict(error) && code !== '23505')
    return new StoreFailedError(`${message} (${code})`, { cause: error });
  if (AT_FAULT.some((at) => code.startsWith(at)))
    return new StoreFailedError(`${message} (${code})`, { cause: error });
  return error;
}

/** An error of several attempts, one per address of the host, has an empty message. */
function describe(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describe).join('; ');
  return error instanceof Error ? error.message : String(error);
}

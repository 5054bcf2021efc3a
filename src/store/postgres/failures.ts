import { DatabaseError } from 'pg';
import { messageOf } from '../../domain/message-of.ts';
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

/** Another transaction was in the way, and nothing was written. The same transaction may succeed when it is run again. */
class ConflictError extends StoreFailedError {}

const CONFLICTS = [
  '40001', // serialization failure
  '40P01', // deadlock
];
/** Another replica has written the same key or the same new row. If it is violated again, it is a bug. */
const UNIQUE_VIOLATION = '23505';

/** The server ends a connection with these. */
const ENDS_CONNECTION = ['57P01', '57P02', '57P03', '57P05', '25P03'];

/** Whether a transaction that failed with this may succeed when it is run again. Takes what `failureOf` returns. */
export const isConflict = (error: unknown): boolean =>
  error instanceof ConflictError || (error instanceof DatabaseError && error.code === UNIQUE_VIOLATION);

/** The error of a statement as the port has it: StoreFailedError if the database is at fault. Bugs stay as they are. */
export function failureOf(error: unknown): unknown {
  if (error instanceof StoreFailedError) return error;
  if (!(error instanceof DatabaseError))
    return new ConnectionLostError(`no answer from the database: ${messageOf(error)}`, { cause: error });
  const { code = '', message } = error;
  if (ENDS_CONNECTION.includes(code))
    return new ConnectionLostError(`${message} (${code})`, { cause: error });
  if (CONFLICTS.includes(code)) return new ConflictError(`${message} (${code})`, { cause: error });
  if (AT_FAULT.some((at) => code.startsWith(at)))
    return new StoreFailedError(`${message} (${code})`, { cause: error });
  return error;
}

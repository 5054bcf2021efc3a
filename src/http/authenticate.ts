import { type Caller, SCOPES, type Scope, type Sender } from '../domain/caller.ts';

const ALL_SCOPES: ReadonlySet<Scope> = new Set(SCOPES);

/**
 * The only place that makes a Caller: its address, with every scope (docs/decisions/0006-caller-is-the-address.md).
 * A closed socket has no address, and callers with an empty id would share their idempotency keys. @throws ClientGoneError
 */
export function authenticate({ ip }: Sender): Caller {
  if (!ip) throw new ClientGoneError();
  return { id: ip.replace(/^::ffff:(?=\d+\.)/, ''), scopes: ALL_SCOPES };
}

/** The connection was closed before its request was handled. Status 499 is nginx's; no client receives it. */
class ClientGoneError extends Error {
  override readonly name = 'ClientGoneError';
  override readonly message = 'The client has closed the connection.';
  readonly statusCode = 499;
}

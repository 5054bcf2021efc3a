/** The connection was closed before its request was handled. Status 499 is nginx's; no client receives it. */
class ClientGoneError extends Error {
  override readonly name = 'ClientGoneError';
  override readonly message = 'The client has closed the connection.';
  readonly statusCode = 499;
}

/**
 * The address that an acquisition is recorded under, as the Python gateway did. A socket that has closed has none: an
 * empty caller would share its idempotency keys with every other such request. @throws ClientGoneError
 */
export function callerOf({ ip }: { readonly ip: string | undefined }): string {
  if (!ip) throw new ClientGoneError();
  return ip.replace(/^::ffff:(?=\d+\.)/, '');
}

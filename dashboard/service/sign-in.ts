import { ViewerDocument } from '../generated/operations.ts';
import type { Viewer } from '../model/state.ts';
import { RequestError, request } from './request.ts';
import { storedToken } from './stored-token.ts';

/** Asks the service whose token it is, and keeps it in this tab if it may read. @throws RequestError */
export async function signIn(entered: string): Promise<Viewer> {
  const token = entered.trim().replace(/^Bearer\s+/i, '');
  try {
    // A header cannot have other characters.
    if (!/^[\x21-\x7e]+$/.test(token)) throw new RequestError('This is not a token.', 'UNAUTHENTICATED');
    const { viewer } = await request(ViewerDocument, {}, { token });
    if (!viewer.scopes.includes('READ'))
      throw new RequestError(
        'This token does not have the scope read, which the dashboard needs.',
        'FORBIDDEN',
      );
    storedToken.write(token);
    return { ...viewer, token };
  } catch (error) {
    if (error instanceof RequestError && error.code !== null) storedToken.remove();
    throw error;
  }
}

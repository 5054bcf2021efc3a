import { ViewerDocument } from '../generated/operations.ts';
import type { Viewer } from '../model/state.ts';
import { RequestError, request } from './request.ts';
import { storedToken } from './stored-token.ts';

/** Asks the service whose token it is, and keeps it in this tab if it may read. @throws RequestError */
export async function signIn(token: string): Promise<Viewer> {
  try {
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

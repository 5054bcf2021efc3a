import { createServer, type ServerResponse } from 'node:http';
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';

export interface TestIssuer extends AsyncDisposable {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUrl: URL;
  /** How often the keys were fetched. */
  readonly fetches: () => number;
  /** What answers from now on; null: the keys. */
  readonly answerWith: (answer: ((response: ServerResponse) => void) | null) => void;
  /** A signed token. Default claims are valid for an hour from now. `kid` of another key: that of a stranger. */
  sign(
    claims?: { readonly [claim in keyof JWTPayload]: JWTPayload[claim] | undefined },
    options?: { readonly kid?: string; readonly by?: 'issuer' | 'stranger' },
  ): Promise<string>;
}

/** An issuer of JWTs that publishes its key, and others, over HTTP on this machine. */
export async function jwtIssuer(now: () => Date, otherKeys: readonly JWK[] = []): Promise<TestIssuer> {
  const [own, stranger] = await Promise.all([generateKeyPair('ES256'), generateKeyPair('ES256')]);
  const ownKey: JWK = { ...(await exportJWK(own.publicKey)), kid: 'own', alg: 'ES256' };
  const jwks = JSON.stringify({ keys: [ownKey, ...otherKeys] });
  let fetches = 0;
  let answerWith: ((response: ServerResponse) => void) | null = null;
  const server = createServer((_request, response) => {
    fetches += 1;
    if (answerWith) answerWith(response);
    else response.writeHead(200, { 'content-type': 'application/json' }).end(jwks);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const [issuer, audience] = ['https://issuer.example', 'stamp-pool'];
  return {
    issuer,
    audience,
    jwksUrl: new URL(`http://127.0.0.1:${address.port}/keys`),
    fetches: () => fetches,
    answerWith: (answer) => {
      answerWith = answer;
    },
    sign: async (claims = {}, { kid = 'own', by = 'issuer' } = {}) => {
      const seconds = Math.floor(now().getTime() / 1000);
      const usual = { iss: issuer, aud: audience, sub: 'ann', scope: 'read', exp: seconds + 3600 };
      return await new SignJWT(JSON.parse(JSON.stringify({ ...usual, ...claims })))
        .setProtectedHeader({ alg: 'ES256', kid })
        .sign(by === 'issuer' ? own.privateKey : stranger.privateKey);
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

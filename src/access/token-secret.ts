import { createHash, randomBytes } from 'node:crypto';

/** A new token, in the form that its owner sends it, with what is stored of it. */
export interface TokenSecret {
  readonly id: string;
  readonly token: string;
  readonly hash: string;
}

const ID_BYTES = 8;
const SECRET_BYTES = 32;

export function createTokenSecret(): TokenSecret {
  const id = randomBytes(ID_BYTES).toString('hex');
  const token = `sp_${id}_${randomBytes(SECRET_BYTES).toString('base64url')}`;
  return { id, token, hash: digestOf(token).toString('hex') };
}

/** A plain hash is enough: a random secret of 256 bits cannot be guessed. */
const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest();

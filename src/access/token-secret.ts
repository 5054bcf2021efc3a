import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** A new token, in the form that its owner sends it, with what is stored of it. */
export interface TokenSecret {
  readonly id: string;
  readonly token: string;
  readonly hash: string;
}

/** The prefix lets scanners for leaked secrets find tokens. The id is no secret: it finds the row to compare with. */
const TOKEN = /^sp_([0-9a-f]{16})_[\w-]{43}$/;
const ID_BYTES = 8;
const SECRET_BYTES = 32;

export function createTokenSecret(): TokenSecret {
  const id = randomBytes(ID_BYTES).toString('hex');
  const token = `sp_${id}_${randomBytes(SECRET_BYTES).toString('base64url')}`;
  return { id, token, hash: digestOf(token).toString('hex') };
}

/** The id in a token; null if the text does not have the form of one. */
export const tokenIdOf = (text: string): string | null => TOKEN.exec(text)?.[1] ?? null;

/** In constant time. */
export function matchesHash(token: string, hash: string): boolean {
  const [presented, stored] = [digestOf(token), Buffer.from(hash, 'hex')];
  return presented.length === stored.length && timingSafeEqual(presented, stored);
}

/** A plain hash is enough: a random secret of 256 bits cannot be guessed. */
const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest();

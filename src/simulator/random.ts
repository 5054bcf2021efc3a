/** The generator sfc32 by Chris Doty-Humphrey. One seed gives the same values, so that a failing run can be repeated. */
export function createRandom(seed: number, stream: number): Random {
  let a = seed >>> 0;
  let b = stream >>> 0;
  let c = Math.floor(seed / 2 ** 32) >>> 0;
  let counter = 1;
  const next = (): number => {
    const result = (a + b + counter) >>> 0;
    counter = (counter + 1) >>> 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) >>> 0;
    c = (((c << 21) | (c >>> 11)) + result) >>> 0;
    return result;
  };
  for (let i = 0; i < 15; i++) next(); // mixes the seed in
  return {
    below: (limit) => next() % limit,
    hex: (bytes) => {
      let text = '';
      while (text.length < bytes * 2) text += next().toString(16).padStart(8, '0');
      return text.slice(0, bytes * 2);
    },
  };
}

export interface Random {
  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number;
  /** `bytes` random bytes as lowercase hex. */
  hex(bytes: number): string;
}

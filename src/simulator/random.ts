/** Everything random in the simulator comes from one seed, so that a failing history can be played again. */
export interface Random {
  /** A whole number from 0 up to and without `limit`. */
  below(limit: number): number;
  /** So many random bytes as lowercase hex. */
  hex(bytes: number): string;
}

/** sfc32 (Chris Doty-Humphrey): small, fast, good enough for test data; the first rounds mix the seed in. */
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
  for (let i = 0; i < 15; i++) next();
  return {
    below: (limit) => next() % limit,
    hex: (bytes) => {
      let text = '';
      while (text.length < bytes * 2) text += next().toString(16).padStart(8, '0');
      return text.slice(0, bytes * 2);
    },
  };
}

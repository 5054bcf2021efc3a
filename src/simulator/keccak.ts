/** Keccak-256 as Ethereum uses it (padding 0x01, unlike SHA3-256, which is all that node:crypto has). */
export function keccakHex(bytes: Uint8Array): string {
  return Buffer.from(keccak256(bytes)).toString('hex');
}

function keccak256(bytes: Uint8Array): Uint8Array {
  const state = new Uint32Array(50); // 25 lanes of 64 bits as pairs: low word, high word
  const padded = new Uint8Array((Math.floor(bytes.length / RATE) + 1) * RATE);
  padded.set(bytes);
  padded[bytes.length] = 0x01;
  const last = padded.length - 1;
  padded[last] = at(padded, last) | 0x80;
  const words = new Uint32Array(padded.buffer);
  for (let offset = 0; offset < words.length; offset += RATE / 4) {
    for (let i = 0; i < RATE / 4; i++) state[i] = at(state, i) ^ at(words, offset + i);
    permute(state);
  }
  return new Uint8Array(state.buffer.slice(0, 32));
}

const RATE = 136;

/** Rotation of each lane, in the order in which rho and pi walk the lanes. */
const ROTATIONS = [1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44];
const LANES = [10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1];
const ROUND_CONSTANTS = roundConstants();

function permute(state: Uint32Array): void {
  for (let round = 0; round < 24; round++) {
    theta(state);
    rhoAndPi(state);
    chi(state);
    state[0] = at(state, 0) ^ at(ROUND_CONSTANTS, 2 * round);
    state[1] = at(state, 1) ^ at(ROUND_CONSTANTS, 2 * round + 1);
  }
}

const parity = new Uint32Array(10);

function theta(state: Uint32Array): void {
  for (let x = 0; x < 10; x++) {
    parity[x] = at(state, x) ^ at(state, x + 10) ^ at(state, x + 20) ^ at(state, x + 30) ^ at(state, x + 40);
  }
  for (let x = 0; x < 5; x++) {
    const left = ((x + 4) % 5) * 2;
    const right = ((x + 1) % 5) * 2;
    const low = at(parity, left) ^ rotatedLow(at(parity, right), at(parity, right + 1), 1);
    const high = at(parity, left + 1) ^ rotatedLow(at(parity, right + 1), at(parity, right), 1);
    for (let y = 0; y < 50; y += 10) {
      state[y + 2 * x] = at(state, y + 2 * x) ^ low;
      state[y + 2 * x + 1] = at(state, y + 2 * x + 1) ^ high;
    }
  }
}

function rhoAndPi(state: Uint32Array): void {
  let low = at(state, 2);
  let high = at(state, 3);
  for (let i = 0; i < 24; i++) {
    const lane = at(LANES, i) * 2;
    const nextLow = at(state, lane);
    const nextHigh = at(state, lane + 1);
    const by = at(ROTATIONS, i);
    state[lane] = by < 32 ? rotatedLow(low, high, by) : rotatedLow(high, low, by - 32);
    state[lane + 1] = by < 32 ? rotatedLow(high, low, by) : rotatedLow(low, high, by - 32);
    low = nextLow;
    high = nextHigh;
  }
}

const row = new Uint32Array(10);

function chi(state: Uint32Array): void {
  for (let y = 0; y < 50; y += 10) {
    row.set(state.subarray(y, y + 10));
    for (let x = 0; x < 10; x++) {
      state[y + x] = at(state, y + x) ^ (~at(row, (x + 2) % 10) & at(row, (x + 4) % 10));
    }
  }
}

/** The low word of (high, low) rotated left by less than 32; the high word is the same with the words swapped. */
function rotatedLow(low: number, high: number, by: number): number {
  return by === 0 ? low : (low << by) | (high >>> (32 - by));
}

/** The constants come from a 7-bit shift register; computing them is shorter than 48 literals. */
function roundConstants(): Uint32Array {
  const constants = new Uint32Array(48);
  let register = 1;
  for (let round = 0; round < 24; round++) {
    for (let j = 0; j < 7; j++) {
      const bit = (1 << j) - 1;
      if (register & 1) {
        const word = 2 * round + (bit >> 5);
        constants[word] = at(constants, word) | (1 << (bit & 31));
      }
      register = register & 0x80 ? (register << 1) ^ 0x171 : register << 1;
    }
  }
  return constants;
}

/** An index inside the array by construction; the fallback only satisfies noUncheckedIndexedAccess. */
function at(array: ArrayLike<number>, index: number): number {
  return array[index] ?? 0;
}

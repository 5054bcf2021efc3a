import { keccak_256 } from '@noble/hashes/sha3.js';

export function keccakHex(bytes: Uint8Array): string {
  return Buffer.from(keccak_256(bytes)).toString('hex');
}

/** Ethereum call data: the selector of the signature, then one 32-byte word per argument. Without 0x. */
export function callData(signature: string, ...words: readonly (bigint | string)[]): string {
  return selector(signature) + words.map(word).join('');
}

/** The contract computes keccak256(abi.encode(msg.sender, nonce)): docs/bee.md#contract */
export function batchIdOf(sender: string, nonce: string): string {
  return keccakHex(Buffer.from(word(sender) + word(nonce), 'hex'));
}

const selectors = new Map<string, string>();

function selector(signature: string): string {
  const known = selectors.get(signature);
  if (known !== undefined) return known;
  const fresh = keccakHex(Buffer.from(signature)).slice(0, 8);
  selectors.set(signature, fresh);
  return fresh;
}

/** Pads numbers, addresses and 32-byte ids with zeros on the left. -1 becomes the largest number. */
function word(value: bigint | string): string {
  return (typeof value === 'bigint' ? BigInt.asUintN(256, value).toString(16) : value).padStart(64, '0');
}

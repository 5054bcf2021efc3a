import type { Random } from './random.ts';

const NONE = '0'.repeat(40);

/** Creates the addresses and keys of a node: hex without 0x. */
export function createIdentity(random: Random, has: { chequebook: boolean }): Identity {
  const chequebook = random.hex(20);
  return {
    wallet: random.hex(20),
    overlay: random.hex(32),
    underlay: [`/ip4/127.0.0.1/tcp/1634/p2p/Qm${random.hex(22)}`],
    publicKey: `02${random.hex(32)}`,
    pssPublicKey: `03${random.hex(32)}`,
    chequebook: has.chequebook ? chequebook : NONE,
  };
}

export interface Identity {
  readonly wallet: string;
  readonly overlay: string;
  readonly underlay: readonly string[];
  readonly publicKey: string;
  readonly pssPublicKey: string;
  /** Zeros if the node has no chequebook. */
  readonly chequebook: string;
}

export function hasChequebook(identity: Identity): boolean {
  return identity.chequebook !== NONE;
}

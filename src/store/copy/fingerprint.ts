import { createHash } from 'node:crypto';
import type { CopyRow, CopyTable } from './copy-side.ts';

/** Identifies all rows of a database, whatever their order. A row that changes changes it. */
export class Fingerprint {
  #sum = 0n;

  add({ name }: CopyTable, rows: readonly CopyRow[]): void {
    for (const row of rows) {
      const digest = createHash('sha256')
        .update(JSON.stringify([name, row]))
        .digest('hex');
      this.#sum = (this.#sum + BigInt(`0x${digest}`)) % MODULUS;
    }
  }

  get text(): string {
    return this.#sum.toString(16).padStart(64, '0');
  }
}

const MODULUS = 2n ** 256n;

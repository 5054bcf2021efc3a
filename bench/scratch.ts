import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { depth } from '../src/domain/units.ts';
import { seed } from './seed.ts';

/** A directory for databases and logs. Disposing removes it. */
export class Scratch implements Disposable {
  readonly #directory = mkdtempSync(join(tmpdir(), 'bench-'));
  readonly #seeded = new Map<number, Promise<string>>();
  #files = 0;

  /** A path that was not used before. */
  path(name: string): string {
    this.#files += 1;
    return join(this.#directory, `${this.#files}-${name}`);
  }

  /** The file of a database with so many available stamps, to copy. */
  seeded(stamps: number): Promise<string> {
    const known = this.#seeded.get(stamps) ?? this.#seed(stamps);
    this.#seeded.set(stamps, known);
    return known;
  }

  async #seed(stamps: number): Promise<string> {
    const file = this.path(`seeded-${stamps}.db`);
    await seed({ file, stamps, depth: depth(17) });
    return file;
  }

  [Symbol.dispose](): void {
    rmSync(this.#directory, { recursive: true });
  }
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { depth } from '../src/domain/units.ts';
import { memoryDirectory } from '../test/memory-directory.ts';
import { seed } from './seed.ts';

/** A directory for databases, and one in memory for logs. Disposing removes them. */
export class Scratch implements Disposable {
  readonly #directory = mkdtempSync(join(tmpdir(), 'bench-'));
  readonly #inMemory = mkdtempSync(join(memoryDirectory(NEEDED_BYTES) ?? tmpdir(), 'bench-'));
  readonly #seeded = new Map<number, Promise<string>>();
  readonly #seeds: Scratch | null;
  #files = 0;

  /** `seeds`: where the seeded databases are kept, for others that need the same. */
  constructor(seeds: Scratch | null = null) {
    this.#seeds = seeds;
  }

  /** A path that was not used before. */
  path(name: string): string {
    this.#files += 1;
    return join(this.#directory, `${this.#files}-${name}`);
  }

  /** The same in memory, if there is room: what is written there keeps no commit waiting for the disk. */
  pathInMemory(name: string): string {
    this.#files += 1;
    return join(this.#inMemory, `${this.#files}-${name}`);
  }

  /** The file of a database with this number of available stamps, to copy. */
  seeded(stamps: number): Promise<string> {
    if (this.#seeds) return this.#seeds.seeded(stamps);
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
    for (const directory of [this.#directory, this.#inMemory]) rmSync(directory, { recursive: true });
  }
}

/** The log of ten minutes under load takes two gigabytes. */
const NEEDED_BYTES = 4 * 2 ** 30;

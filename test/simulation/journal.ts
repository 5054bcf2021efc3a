import { createHash } from 'node:crypto';

/** The log of one seed, one line per event: printed for a failing seed, and compared with that of a second run. */
export class Journal {
  readonly #lines: string[] = [];
  readonly #at: () => string;

  /** `at` returns the prefix of each line: block and time. */
  constructor(at: () => string) {
    this.#at = at;
  }

  write(line: string): void {
    this.#lines.push(`${this.#at()}  ${line}`);
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  hash(): string {
    return createHash('sha256').update(this.#lines.join('\n')).digest('hex').slice(0, 16);
  }
}

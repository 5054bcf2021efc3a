import { createHash } from 'node:crypto';

/** What happened in one seed, one line each: what a failing seed prints, and what a replay must repeat. */
export class Journal {
  readonly #lines: string[] = [];
  readonly #at: () => string;

  /** `at` says when, in front of each line. */
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

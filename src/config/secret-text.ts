import { Secret } from './secret.ts';

/** A text that cannot be logged or serialized. */
export class SecretText extends Secret {
  readonly #text: string;

  constructor(text: string) {
    super();
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }
}

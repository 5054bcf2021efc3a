import { MAX_ANSWER_BYTES } from './read-body.ts';

/**
 * Reads the JSON text of an object with one long list while it arrives: the objects in the list are parsed some at a time, so
 * that the text is never in memory as a whole and the event loop is not blocked. A parser in JavaScript, such as
 * @streamparser/json, takes twelve times as long as JSON.parse (docs/performance.md#the-list-of-a-node).
 */
export class ListEntries {
  readonly #opensList: RegExp;
  /** The text without the entries, each of which is a 0 in it, in few strings: the garbage collector copies what is kept. */
  readonly #skeleton: string[] = [];
  #skeletonLength = 0;
  /** The last characters between the entries. */
  #tail = '';
  /** The beginning of an entry that has not ended. */
  #open = '';
  #levels = 0;
  /** How many objects and arrays the entry has, or what is between two entries. */
  #parts = 0;
  #isInList = false;
  #isInEntry = false;
  #isInString = false;
  #isEscaped = false;

  /** @param key the field of the object that has the list. */
  constructor(key: string) {
    this.#opensList = new RegExp(`"${key}"\\s*:\\s*$`);
  }

  /** The entries that end in this part of the text. @throws InvalidJsonError */
  push(part: string): readonly unknown[] {
    const text = this.#open + part;
    const entries: string[] = [];
    const between: string[] = [];
    let from = 0;
    for (let at = this.#open.length; at < text.length; at += 1) {
      if (this.#isInString) {
        at = this.#readString(text, at);
        continue;
      }
      const code = text.charCodeAt(at);
      if (code === QUOTE) this.#isInString = true;
      else if ((code | BRACKET_BIT) === OPENING) {
        if (this.#levels === LIST_LEVEL && this.#isInList && code === OPENING) {
          between.push(text.slice(from, at));
          this.#isInEntry = true;
          this.#parts = 0;
          from = at;
        }
        this.#levels += 1;
        this.#parts += 1;
        if (this.#levels > MAX_LEVELS || this.#parts > MAX_PARTS) throw new InvalidJsonError();
        if (this.#levels === LIST_LEVEL)
          this.#isInList = code !== OPENING && this.#opensList.test(this.#tailWith(text.slice(from, at)));
      } else if ((code | BRACKET_BIT) === CLOSING) {
        this.#levels -= 1;
        if (this.#levels === LIST_LEVEL && this.#isInEntry) {
          if (at - from > MAX_ENTRY_LENGTH) throw new TooLongError();
          entries.push(text.slice(from, at + 1));
          this.#isInEntry = false;
          from = at + 1;
        }
      }
    }
    this.#keep(between, text.slice(from));
    return arrayOf(parsed(`[${entries.join(',')}]`));
  }

  /** The object, with a 0 in place of each entry. @throws InvalidJsonError if the text is not complete. */
  end(): unknown {
    return parsed(this.#skeleton.join('') + this.#open);
  }

  /** Most of the text is in strings: the next quote is searched for. Returns the place of the one that ends the string, or the end of the text. */
  #readString(text: string, start: number): number {
    let from = start + Number(this.#isEscaped);
    this.#isEscaped = false;
    for (;;) {
      const quote = text.indexOf('"', from);
      const end = quote === -1 ? text.length : quote;
      let first = end;
      while (first > from && text.charCodeAt(first - 1) === BACKSLASH) first -= 1;
      const isEscaped = (end - first) % 2 === 1;
      if (quote === -1) {
        this.#isEscaped = isEscaped;
        return end;
      }
      if (!isEscaped) {
        this.#isInString = false;
        return quote;
      }
      from = quote + 1;
    }
  }

  #tailWith(text: string): string {
    return (this.#tail + text.slice(-MAX_KEY_LENGTH)).slice(-MAX_KEY_LENGTH);
  }

  #keep(between: readonly string[], rest: string): void {
    this.#append(between.map((text) => `${text}0`).join(''));
    if (this.#isInEntry) this.#open = rest;
    else {
      this.#append(rest);
      this.#tail = this.#tailWith(rest);
      this.#open = '';
    }
    if (this.#open.length > MAX_ENTRY_LENGTH || this.#skeletonLength > MAX_ANSWER_BYTES)
      throw new TooLongError();
  }

  #append(text: string): void {
    if (text === '') return;
    this.#skeleton.push(text);
    this.#skeletonLength += text.length;
  }
}

/** The text is not JSON, or is nested more deeply than any answer of Bee. */
export class InvalidJsonError extends Error {
  override readonly name = 'InvalidJsonError';
}

/** One entry, or what is between the entries, is longer than any other answer. */
export class TooLongError extends Error {
  override readonly name = 'TooLongError';
}

/** In the object, in its list. */
const LIST_LEVEL = 2;
/** Bee's lists are nested four levels deep. */
const MAX_LEVELS = 32;
/** A label has no limit in Bee. */
const MAX_ENTRY_LENGTH = 4 * 1024 * 1024;
/** An entry of Bee is one object. Parsing 8 MB of brackets would block the event loop for most of a second. */
const MAX_PARTS = 1_000;
/** With the space around it. */
const MAX_KEY_LENGTH = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** The one bit in which "[" differs from "{", and "]" from "}". */
const BRACKET_BIT = 0x20;
const OPENING = 0x7b;
const CLOSING = 0x7d;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidJsonError('not JSON');
  }
}

const arrayOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

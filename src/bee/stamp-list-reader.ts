import { z } from 'zod';
import { InvalidJsonError, ListEntries, TooLongError } from './list-entries.ts';
import { RESPONSE_SCHEMAS } from './response-schemas.ts';
import { StampList } from './stamp-list.ts';

/**
 * Reads the answer of `GET /stamps` part by part. One invalid entry makes the whole list invalid: with a partial list, stamps
 * would seem to be missing.
 */
export class StampListReader {
  readonly #entries = new ListEntries('stamps');
  readonly #list = new StampList();
  #fault: ListFault | null = null;
  #start = '';

  /** Reads the next part. Returns false if the rest need not be sent: nothing can make the list valid any more. */
  write(part: string): boolean {
    this.#start += part.slice(0, SHOWN_LENGTH - this.#start.length);
    this.#try(() => {
      for (const entry of this.#entries.push(part)) {
        this.#add(entry);
        if (this.#fault !== null) return;
      }
    });
    return this.#fault?.is !== 'tooLong';
  }

  /** The whole list, or what is wrong with it. */
  end(): StampList | ListFault {
    this.#try(() => this.#checkEnd(this.#entries.end()));
    return this.#fault ?? this.#list;
  }

  #add(entry: unknown): void {
    const { size } = this.#list;
    const stamp = RESPONSE_SCHEMAS.stamp.safeParse(entry);
    if (!stamp.success) {
      const [issue] = stamp.error.issues;
      this.#fault = {
        is: 'invalid',
        issue: `stamps.${[size, ...(issue?.path ?? [])].join('.')}: ${issue?.message}`,
      };
    } else if (!this.#list.add(stamp.data)) {
      this.#fault = { is: 'invalid', issue: 'stamps: a batch is listed more than once' }; // its entries may contradict each other
    }
  }

  /** `object` has a 0 for each entry. */
  #checkEnd(object: unknown): void {
    const rest = withoutEntries.safeParse(object);
    if (rest.success) {
      const { stamps } = rest.data;
      const other = stamps.findIndex((entry) => entry !== 0);
      if (other !== -1) this.#fault = { is: 'invalid', issue: `stamps.${other}: expected an object` };
      else if (stamps.length !== this.#list.size)
        this.#fault = { is: 'invalid', issue: 'stamps: expected objects, and found the number 0' };
      return;
    }
    const [issue] = rest.error.issues;
    this.#fault =
      issue && issue.path.length > 0
        ? { is: 'invalid', issue: `${issue.path.join('.')}: ${issue.message}` }
        : { is: 'noList', start: this.#start };
  }

  #try(read: () => void): void {
    if (this.#fault !== null) return;
    try {
      read();
    } catch (error) {
      if (error instanceof InvalidJsonError) this.#fault = { is: 'noList', start: this.#start };
      else if (error instanceof TooLongError) this.#fault = { is: 'tooLong', start: this.#start };
      else throw error;
    }
  }
}

/** What is in the list is compared without zod, which takes ten times as long. */
const withoutEntries = z.object({ stamps: z.custom<readonly unknown[]>(Array.isArray, 'expected a list') });

export type ListFault =
  | { readonly is: 'invalid'; readonly issue: string }
  /** Not JSON, or not an object. `start`: its first characters. */
  | { readonly is: 'noList'; readonly start: string }
  | { readonly is: 'tooLong'; readonly start: string };

/** More than is shown of an invalid answer. */
const SHOWN_LENGTH = 1_000;

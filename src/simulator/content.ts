import { createHash } from 'node:crypto';

/** A real node stores uploads on its disk. This one keeps the newest uploads in memory. */
const MAX_BYTES = 256 * 1024 * 1024;

/** The uploads, for downloads. References are hashes of the content, but not Swarm hashes. */
export class ContentStore {
  readonly #contents = new Map<string, Content>();
  #bytes = 0;

  put(content: Content): string {
    const hash = createHash('sha256').update(content.bytes, 'latin1');
    if (content.file) hash.update(JSON.stringify(content.file));
    const reference = hash.digest('hex');
    if (this.#contents.has(reference)) return reference;
    this.#contents.set(reference, content);
    this.#bytes += content.bytes.length;
    for (const [oldest, { bytes }] of this.#contents) {
      if (this.#bytes <= MAX_BYTES) break;
      this.#contents.delete(oldest);
      this.#bytes -= bytes.length;
    }
    return reference;
  }

  get(reference: string): Content | undefined {
    return this.#contents.get(reference);
  }
}

export interface Content {
  /** One character per byte. */
  readonly bytes: string;
  /** Only for an upload to /bzz. */
  readonly file?: { readonly name: string; readonly contentType: string };
}

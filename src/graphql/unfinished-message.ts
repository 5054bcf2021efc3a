/** What a part of a message takes beside its bytes: ws keeps a Buffer of each read. */
const BYTES_PER_READ = 500;
const MASK_BYTES = 4;
const LENGTH_IN_2_BYTES = 126;
const LENGTH_IN_8_BYTES = 127;

/**
 * Computes what ws keeps of a message that has not arrived completely, because ws does not say it: all bytes that were read
 * since the message began, also those of earlier messages that came in the same read (RFC 6455, section 5.2).
 */
export class UnfinishedMessage {
  #bytes = 0;
  /** Of a frame whose header is not complete. */
  #header: number[] = [];
  #payloadLeft = 0;
  #isFragmented = false;

  /** Call it with all bytes of the client, as they are read. Returns how many bytes are kept. */
  add(read: Buffer): number {
    this.#bytes += read.length + BYTES_PER_READ;
    for (let at = 0; at < read.length; ) {
      if (this.#payloadLeft === 0) this.#addToHeader(read.readUInt8(at++));
      const skipped = Math.min(this.#payloadLeft, read.length - at);
      this.#payloadLeft -= skipped;
      at += skipped;
      if (!this.#isBetweenMessages) continue;
      this.#bytes = at === read.length ? 0 : read.length + BYTES_PER_READ;
    }
    return this.#bytes;
  }

  get #isBetweenMessages(): boolean {
    return this.#payloadLeft === 0 && this.#header.length === 0 && !this.#isFragmented;
  }

  #addToHeader(byte: number): void {
    this.#header.push(byte);
    const [first = 0, second] = this.#header;
    if (second === undefined) return;
    const lengthBytes = lengthBytesOf(second & 0x7f);
    if (this.#header.length < 2 + lengthBytes + MASK_BYTES) return;
    const length = this.#header.slice(2, 2 + lengthBytes);
    this.#payloadLeft = lengthBytes === 0 ? second & 0x7f : length.reduce((sum, next) => sum * 256 + next, 0);
    if (!isControl(first)) this.#isFragmented = !isFinal(first);
    this.#header = [];
  }
}

const isFinal = (first: number): boolean => (first & 0x80) !== 0;
/** A ping, a pong or a close frame, which may come between the parts of a message. */
const isControl = (first: number): boolean => (first & 0x08) !== 0;

const lengthBytesOf = (length: number): number =>
  length === LENGTH_IN_8_BYTES ? 8 : length === LENGTH_IN_2_BYTES ? 2 : 0;

import { write, writeSync } from 'node:fs';

/** Some thousand lines. What finds no room is dropped, and counted: a log may not stop the service, nor fill its memory. */
const MAX_BUFFERED_BYTES = 1_000_000;
const MAX_CHUNK_LINES = 200;
/** When the reader has no room, or the disk is full. */
const RETRY_MS = 100;
/** For what is still buffered when the process ends without a warning. */
const EXIT_FLUSH_MS = 300;

/**
 * Writes log lines to standard output or error without waiting for the reader. Of pino's own destinations the synchronous
 * one stops the process after 64 kB that nobody reads, and the asynchronous one can wait for ever in its flush at exit:
 * it repeats errors other than EAGAIN without end.
 */
export class LogOutput {
  readonly #fd: 1 | 2;
  #waiting: string[] = [];
  #bufferedBytes = 0;
  /** What is being written, and whether it waits to be tried again. */
  #chunk: { readonly bytes: Buffer; readonly isWaiting: boolean } | null = null;
  #dropped = 0;
  #droppedInARow = 0;
  #onEmpty: (() => void)[] = [];
  /** Called when the buffer is empty again, after that many lines were dropped. */
  onFlowing: (dropped: number) => void = () => {};

  constructor(fd: 1 | 2) {
    this.#fd = fd;
    // Node makes a pipe or a socket non-blocking when its stream is first used. A blocking one would keep a thread of the
    // pool in `write`, and the exit of the process waits for its threads.
    (fd === 1 ? process.stdout : process.stderr).on('error', () => {});
    process.on('exit', () => this.#flushNow());
  }

  /** Lines so far that found no room. */
  get dropped(): number {
    return this.#dropped;
  }

  write(line: string): void {
    const bytes = Buffer.byteLength(line);
    if (this.#bufferedBytes + bytes > MAX_BUFFERED_BYTES) {
      this.#dropped += 1;
      this.#droppedInARow += 1;
      return;
    }
    this.#bufferedBytes += bytes;
    this.#waiting.push(line);
    if (this.#chunk === null) this.#writeNext();
  }

  /** Resolves when everything is written, or after that time. */
  async flush(timeoutMs: number): Promise<void> {
    if (this.#chunk === null) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onEmpty.push(resolve);
    const timeout = setTimeout(resolve, timeoutMs);
    await promise;
    clearTimeout(timeout);
  }

  #writeNext(): void {
    if (this.#waiting.length === 0) return this.#isEmpty();
    this.#write(Buffer.from(this.#waiting.splice(0, MAX_CHUNK_LINES).join('')));
  }

  #write(bytes: Buffer): void {
    this.#chunk = { bytes, isWaiting: false };
    write(this.#fd, bytes, (error, written) => {
      if (error) {
        this.#chunk = { bytes, isWaiting: true };
        setTimeout(() => this.#write(bytes), RETRY_MS).unref();
        return;
      }
      this.#bufferedBytes -= written;
      if (written < bytes.length) this.#write(bytes.subarray(written));
      else this.#writeNext();
    });
  }

  #isEmpty(): void {
    this.#chunk = null;
    for (const resolve of this.#onEmpty.splice(0)) resolve();
    const dropped = this.#droppedInARow;
    this.#droppedInARow = 0;
    if (dropped > 0) this.onFlowing(dropped);
  }

  /** When the process ends. A write under way is finished by Node itself. */
  #flushNow(): void {
    const waiting = this.#chunk?.isWaiting ? [this.#chunk.bytes] : [];
    let rest = Buffer.concat([...waiting, Buffer.from(this.#waiting.join(''))]);
    const untilMs = performance.now() + EXIT_FLUSH_MS;
    while (rest.length > 0 && performance.now() < untilMs) {
      try {
        rest = rest.subarray(writeSync(this.#fd, rest));
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) return;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10); // the only way to sleep here
      }
    }
  }
}

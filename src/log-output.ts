import { write, writeSync } from 'node:fs';

/** A few thousand lines. Further lines are dropped and counted, so that the log cannot block the service or fill its memory. */
const MAX_BUFFERED_BYTES = 1_000_000;
const MAX_CHUNK_LINES = 200;
/**
 * From the end of one write to the next, unless there are enough lines for a whole chunk. A write takes longer than an
 * acquisition: at one line per write, the log would be the largest part of it. A process that is killed loses these lines.
 */
const WRITE_INTERVAL_MS = 50;
/** The delay after a failed write: the pipe or the disk is full. */
const RETRY_DELAY_MS = 100;
/** For lines that are still buffered when the process exits. */
const EXIT_FLUSH_TIMEOUT_MS = 300;

/**
 * Writes log lines to standard output or error without blocking. pino's synchronous destination blocks the process once the
 * pipe is full, and its asynchronous one can wait forever in the flush at exit: it retries errors other than EAGAIN endlessly.
 */
export class LogOutput {
  readonly #fd: 1 | 2;
  #waiting: string[] = [];
  #bufferedBytes = 0;
  /** True from the first line until the buffer was empty for WRITE_INTERVAL_MS. */
  #isActive = false;
  /** Starts the next write. */
  #nextWrite: NodeJS.Timeout | null = null;
  /** The lines being written, and whether they wait for a retry. */
  #chunk: { readonly bytes: Buffer; readonly isWaiting: boolean } | null = null;
  #dropped = 0;
  #droppedInARow = 0;
  #onEmpty: (() => void)[] = [];
  /** Called when the buffer is empty again after lines were dropped, with their number. */
  onFlowing: (dropped: number) => void = () => {};

  constructor(fd: 1 | 2) {
    this.#fd = fd;
    // Using the stream makes Node set its pipe or socket to non-blocking. A blocking write would occupy a thread of the
    // thread pool, and the exit of the process waits for these threads.
    (fd === 1 ? process.stdout : process.stderr).on('error', () => {});
    process.on('exit', () => this.#flushNow());
  }

  /** The number of dropped lines since the process started. */
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
    if (!this.#isActive) {
      this.#isActive = true;
      setImmediate(() => this.#writeNext()); // after the responses of this iteration
    } else if (this.#nextWrite !== null && this.#waiting.length >= MAX_CHUNK_LINES) this.#writeNext();
  }

  /** Resolves when all lines are written, or after the timeout. */
  async flush(timeoutMs: number): Promise<void> {
    if (!this.#isActive) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onEmpty.push(resolve);
    if (this.#nextWrite !== null) this.#writeNext();
    const timeout = setTimeout(resolve, timeoutMs);
    await promise;
    clearTimeout(timeout);
  }

  #writeNext(): void {
    if (this.#nextWrite !== null) clearTimeout(this.#nextWrite);
    this.#nextWrite = null;
    if (this.#waiting.length === 0) return this.#becomeIdle();
    this.#write(Buffer.from(this.#waiting.splice(0, MAX_CHUNK_LINES).join('')));
  }

  #write(bytes: Buffer): void {
    this.#chunk = { bytes, isWaiting: false };
    write(this.#fd, bytes, (error, written) => {
      if (error) {
        this.#chunk = { bytes, isWaiting: true };
        setTimeout(() => this.#write(bytes), RETRY_DELAY_MS).unref();
        return;
      }
      this.#bufferedBytes -= written;
      if (written < bytes.length) this.#write(bytes.subarray(written));
      else this.#afterWrite();
    });
  }

  #afterWrite(): void {
    this.#chunk = null;
    const isUrgent = this.#waiting.length >= MAX_CHUNK_LINES || this.#onEmpty.length > 0;
    if (isUrgent) return this.#writeNext();
    this.#nextWrite = setTimeout(() => this.#writeNext(), WRITE_INTERVAL_MS);
  }

  #becomeIdle(): void {
    this.#isActive = false;
    for (const resolve of this.#onEmpty.splice(0)) resolve();
    const dropped = this.#droppedInARow;
    this.#droppedInARow = 0;
    if (dropped > 0) this.onFlowing(dropped);
  }

  /** Writes synchronously while the process exits. Node completes a write that is in progress. */
  #flushNow(): void {
    const waiting = this.#chunk?.isWaiting ? [this.#chunk.bytes] : [];
    let rest = Buffer.concat([...waiting, Buffer.from(this.#waiting.join(''))]);
    const untilMs = performance.now() + EXIT_FLUSH_TIMEOUT_MS;
    while (rest.length > 0 && performance.now() < untilMs) {
      try {
        rest = rest.subarray(writeSync(this.#fd, rest));
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) return;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10); // a synchronous sleep
      }
    }
  }
}

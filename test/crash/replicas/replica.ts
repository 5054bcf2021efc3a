import { appendFileSync } from 'node:fs';
import type { Spawned } from '../../process/spawned.ts';
import { type DatabaseProxy, startDatabaseProxy } from './database-proxy.ts';

/** One replica: a process that is started again after it was killed, and its own connections to the database. */
export class Replica implements AsyncDisposable {
  readonly proxy: DatabaseProxy;
  /** The standard output of the processes that have ended. */
  readonly outputs: string[] = [];
  readonly #logFile: string;
  readonly #startProcess: (databaseUrl: string) => Spawned;
  #service: Spawned | null = null;
  #url: string | null = null;
  #isStopped = false;

  private constructor(proxy: DatabaseProxy, { logFile, startProcess }: ReplicaOptions) {
    this.proxy = proxy;
    this.#logFile = logFile;
    this.#startProcess = startProcess;
  }

  static async create(options: ReplicaOptions): Promise<Replica> {
    return new Replica(await startDatabaseProxy(options.databaseUrl), options);
  }

  /** null while it does not serve. */
  get url(): string | null {
    return this.#isStopped ? null : this.#url;
  }

  get pid(): number | undefined {
    return this.#service?.child.pid;
  }

  /** Resolves when it serves. Rejects if the process ends before, as it does when the database is away. */
  async start(): Promise<void> {
    const service = this.#startProcess(this.proxy.url);
    this.#service = service;
    try {
      this.#url = await service.url();
    } catch (error) {
      await this.#ended(service);
      throw error;
    }
  }

  /** Returns the exit code, or the name of the signal. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | string> {
    const service = this.#service;
    if (service === null) throw new Error('the replica does not run');
    this.#url = null;
    service.child.kill(signal);
    return await this.#ended(service);
  }

  /** Clients that have sent a request wait, new ones go to another replica. */
  stop(): void {
    this.#isStopped = true;
    this.#service?.child.kill('SIGSTOP');
  }

  continue(): void {
    this.#service?.child.kill('SIGCONT');
    this.#isStopped = false;
  }

  /** What the process that runs now has written, and those before it. */
  get output(): string {
    return [...this.outputs, this.#service?.output().out ?? ''].join('');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#service !== null) await this.end('SIGKILL');
    await this.proxy[Symbol.asyncDispose]();
  }

  async #ended(service: Spawned): Promise<number | string> {
    const how = await service.ended;
    this.#service = null;
    this.#url = null;
    const { out, err } = service.output();
    this.outputs.push(out);
    appendFileSync(this.#logFile, `${out}${err}--- ended with ${how}\n`);
    await service[Symbol.asyncDispose]();
    return how;
  }
}

interface ReplicaOptions {
  readonly databaseUrl: string;
  readonly logFile: string;
  readonly startProcess: (databaseUrl: string) => Spawned;
}

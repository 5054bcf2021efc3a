import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readTables } from '../crash/database.ts';
import { createCredentials } from './create-credentials.ts';
import type { Exchange } from './exchange.ts';
import { findProblems, logProblems } from './find-problems.ts';
import type { Credential, FuzzCase } from './fuzz-case.ts';
import { type Finding, Ledger } from './ledger.ts';
import { type Plan, schedule } from './schedule.ts';
import { Sender } from './sender.ts';
import { type FuzzedService, type Memory, startService } from './service.ts';

/** Below the connections that the service accepts from one address. */
const CONCURRENCY = 32;
/** About one request in ten is a valid acquire, and a part of those finds its key used. */
const STAMPS_PER_REQUEST = 0.1;
const MAX_FINDINGS = 50;
const MAX_MEMORY_GROWTH = 1.1;
const SETTLE_TIMEOUT_MS = 60_000;
const SETTLE_POLL_MS = 500;
/** To the simulated node, whose connections the service keeps. */
const MAX_IDLE_SOCKETS = 5;

/** `open`: there has never been a token; `tokens`: a request needs one. */
export type Mode = 'open' | 'tokens';

export interface FuzzOptions extends Omit<Plan, 'credentials'> {
  readonly mode: Mode;
  /** The first requests, before the memory is measured: they fill caches and compile code. 0: memory is not compared. */
  readonly warmUp: number;
  readonly onProgress?: (sent: number) => void;
}

export interface FuzzResult {
  readonly kinds: ReadonlyMap<string, KindCount>;
  readonly findings: readonly Finding[];
  readonly acquisitions: number;
  readonly namedStamps: number;
  readonly memory: { readonly before: Memory; readonly after: Memory } | null;
}

interface KindCount {
  sent: number;
  /** By status, close code or how the connection ended. */
  readonly answers: Map<string, number>;
}

const OPEN: Credential = { name: 'none', authorization: null, mayAcquire: true, maySee: 'all' };

/** Sends the cases of a seed to a service of its own, and compares its responses, its records and its memory. */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  await using stack = new AsyncDisposableStack();
  const directory = mkdtempSync(join(tmpdir(), 'fuzz-'));
  stack.defer(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'pool.db');
  const credentials = options.mode === 'open' ? [OPEN] : await createCredentials(file);
  const service = stack.use(
    await startService({
      file,
      stock: Math.ceil(options.requests * STAMPS_PER_REQUEST),
    }),
  );
  const run = new FuzzRun(service, options.onProgress);
  const cases = schedule({ ...options, credentials });
  const { warmUp, requests } = options;
  await run.send(cases, warmUp);
  const before = warmUp > 0 ? await settled(service, null) : null;
  await run.send(cases, requests - warmUp);
  const after = run.hasCrashed() ? null : await settled(service, before);
  return run.result(file, before && after && { before, after });
}

class FuzzRun {
  readonly #service: FuzzedService;
  readonly #onProgress: (sent: number) => void;
  readonly #ledger = new Ledger();
  readonly #kinds = new Map<string, KindCount>();
  readonly #findings: Finding[] = [];
  #sent = 0;

  constructor(service: FuzzedService, onProgress: (sent: number) => void = () => {}) {
    this.#service = service;
    this.#onProgress = onProgress;
  }

  /** The next `count` cases, at most CONCURRENCY at a time. */
  async send(cases: Iterator<FuzzCase, void>, count: number): Promise<void> {
    let left = count;
    const next = (): IteratorResult<FuzzCase, void> =>
      left-- > 0 ? cases.next() : { done: true, value: undefined };
    const sender = new Sender(this.#service.url);
    const worker = async (): Promise<void> => {
      for (let one = next(); !one.done; one = next()) {
        if (this.hasCrashed() || this.#findings.length >= MAX_FINDINGS) return;
        this.#record(one.value, await sender.send(one.value));
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
    await sender.close();
    if (this.hasCrashed()) this.#findings.push({ fuzzCase: null, what: 'the service has ended' });
  }

  hasCrashed(): boolean {
    const { exitCode, signalCode } = this.#service.process.child;
    return exitCode !== null || signalCode !== null;
  }

  result(file: string, memory: FuzzResult['memory']): FuzzResult {
    const tables = readTables(file);
    const { out, err } = this.#service.process.output();
    const findings = [
      ...this.#findings,
      ...this.#ledger.check(tables),
      ...logProblems(out).map((line) => ({ fuzzCase: null, what: `the service logs an error: ${line}` })),
      ...(/\n\s+at /.test(err) ? [{ fuzzCase: null, what: `the service writes to stderr: ${err}` }] : []),
    ];
    if (memory && memory.after.usedBytes > memory.before.usedBytes * MAX_MEMORY_GROWTH)
      findings.push({ fuzzCase: null, what: 'the memory in use is more than 10 % above its level before' });
    return {
      kinds: this.#kinds,
      findings,
      acquisitions: tables.acquisitions.length,
      namedStamps: this.#ledger.namedStamps,
      memory,
    };
  }

  #record(fuzzCase: FuzzCase, exchange: Exchange): void {
    const count = this.#kinds.get(fuzzCase.kind) ?? { sent: 0, answers: new Map<string, number>() };
    this.#kinds.set(fuzzCase.kind, count);
    count.sent += 1;
    for (const answer of answersOf(exchange)) count.answers.set(answer, (count.answers.get(answer) ?? 0) + 1);
    this.#ledger.add(fuzzCase, exchange);
    for (const what of findProblems(fuzzCase, exchange)) this.#findings.push({ fuzzCase, what });
    this.#sent += 1;
    this.#onProgress(this.#sent);
  }
}

function answersOf({ statuses, closeCode, end }: Exchange): string[] {
  const codes = [...statuses.map(String), ...(closeCode === null ? [] : [`close ${closeCode}`])];
  return end === 'answered' && codes.length > 0 ? codes : [...codes, end];
}

/** The memory when the connections are closed: within the limit, or what is left when the time is over. */
async function settled(service: FuzzedService, before: Memory | null): Promise<Memory> {
  const deadline = Date.now() + SETTLE_TIMEOUT_MS;
  for (;;) {
    const memory = await service.measure();
    const isQuiet = memory.sockets <= MAX_IDLE_SOCKETS;
    const isBack = before === null || memory.usedBytes <= before.usedBytes * MAX_MEMORY_GROWTH;
    if ((isQuiet && isBack) || Date.now() > deadline) return memory;
    await delay(SETTLE_POLL_MS);
  }
}

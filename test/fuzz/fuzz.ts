import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';
import { readTables } from '../crash/database.ts';
import type { Exchange } from './exchange.ts';
import { findProblems, logProblems } from './find-problems.ts';
import type { Credential, FuzzCase } from './fuzz-case.ts';
import { type Finding, Ledger } from './ledger.ts';
import { type Plan, schedule } from './schedule.ts';
import { sendBytes } from './send-bytes.ts';
import { sendHttp } from './send-http.ts';
import { sendMessages } from './send-messages.ts';
import { type FuzzedService, type Memory, startService } from './service.ts';

/** Below the connections that the service accepts from one address. */
const CONCURRENCY = 16;
/** About one request in ten is a valid acquire, and a part of those finds its key used. */
const STAMPS_PER_REQUEST = 0.1;
const MAX_FINDINGS = 50;
const MAX_MEMORY_GROWTH = 1.1;
const SETTLE_TIMEOUT_MS = 60_000;
const SETTLE_POLL_MS = 500;
/** To the simulated node, whose connections the service keeps. */
const MAX_IDLE_SOCKETS = 5;

export interface FuzzOptions extends Omit<Plan, 'credentials'> {
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

const ANYBODY: Credential = { name: 'none', authorization: null, mayAcquire: true };

/** Sends the cases of a seed to a service of its own, and compares its responses, its records and its memory. */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  await using service = await startService({
    stock: Math.ceil(options.requests * STAMPS_PER_REQUEST),
  });
  const credentials = [ANYBODY];
  const run = new FuzzRun(service, options.onProgress);
  const cases = schedule({ ...options, credentials });
  const { warmUp, requests } = options;
  await run.send(cases, warmUp);
  const before = warmUp > 0 ? await settled(service, null) : null;
  await run.send(cases, requests - warmUp);
  const after = run.hasCrashed() ? null : await settled(service, before);
  return run.result(before && after && { before, after });
}

class FuzzRun {
  readonly #service: FuzzedService;
  readonly #onProgress: (sent: number) => void;
  readonly #ledger = new Ledger();
  readonly #kinds = new Map<string, KindCount>();
  readonly #findings: Finding[] = [];
  readonly #port: number;
  #sent = 0;

  constructor(service: FuzzedService, onProgress: (sent: number) => void = () => {}) {
    this.#service = service;
    this.#onProgress = onProgress;
    this.#port = Number(new URL(service.url).port);
  }

  /** The next `count` cases, at most CONCURRENCY at a time. */
  async send(cases: Iterator<FuzzCase, void>, count: number): Promise<void> {
    let left = count;
    const next = (): IteratorResult<FuzzCase, void> =>
      left-- > 0 ? cases.next() : { done: true, value: undefined };
    const pool = new Pool(this.#service.url, { connections: CONCURRENCY, pipelining: 1 });
    const worker = async (): Promise<void> => {
      for (let one = next(); !one.done; one = next()) {
        if (this.hasCrashed() || this.#findings.length >= MAX_FINDINGS) return;
        this.#record(one.value, await this.#exchange(one.value, pool));
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
    await pool.close();
    if (this.hasCrashed()) this.#findings.push({ fuzzCase: null, what: 'the service has ended' });
  }

  hasCrashed(): boolean {
    const { exitCode, signalCode } = this.#service.process.child;
    return exitCode !== null || signalCode !== null;
  }

  result(memory: FuzzResult['memory']): FuzzResult {
    const tables = readTables(this.#service.file);
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

  async #exchange({ request }: FuzzCase, pool: Pool): Promise<Exchange> {
    switch (request.by) {
      case 'bytes':
        return await sendBytes(this.#port, request);
      case 'http':
        return await sendHttp(pool, request);
      case 'websocket':
        return await sendMessages(this.#port, request);
    }
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

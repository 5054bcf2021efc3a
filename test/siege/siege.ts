import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { serveSimulator } from '../../src/simulator/serve.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { send } from '../http/send.ts';
import { bundledService, type Spawned, spawned } from '../process/spawned.ts';
import { foreignBatches } from '../virtual/stocked.ts';

const HEAP_MB = 256;
const MAX_RSS_MB = 600;
const MAX_P99_MS = 1000;
const ACQUIRE_INTERVAL_MS = 40;
const STOCK = 400;
const MAX_ATTACK_MS = 120_000;
/** On a machine that is busy. */
const MAX_START_MS = 300_000;

export interface Held {
  /** What was done and measured, on one line. */
  readonly line: string;
  readonly faults: readonly string[];
}

/** One attack on a service of its own with a small heap, while another client acquires stamps. */
export async function siege(name: string): Promise<Held> {
  await using stack = new AsyncDisposableStack();
  const simulator = createSimulator({ blockTimeMs: 500, beeBlockTimeSeconds: 0.5 });
  simulator.mineBlocks(40);
  foreignBatches(simulator, { 17: STOCK }, 'stock');
  const bee = stack.adopt(await serveSimulator(simulator, { port: 0, blockTimeMs: 500 }), (server) =>
    server.close(),
  );
  const service = stack.use(startService(bee.url));
  const url = await service.url();
  await stocked(url);
  const attacker = spawn(process.execPath, [join(import.meta.dirname, 'attacker.ts'), name, url], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  stack.defer(() => void attacker.kill('SIGKILL'));
  const watch = new Watch(service, url);
  const timer = setTimeout(() => attacker.kill('SIGKILL'), MAX_ATTACK_MS);
  const ended = Promise.all([text(attacker.stdout), text(attacker.stderr), once(attacker, 'close')]);
  const [[did, errors, [code]]] = await Promise.all([ended, watch.until(ended)]);
  clearTimeout(timer);
  const faults = [...watch.faults(), ...(code === 0 ? [] : [faultOf(errors)])];
  return { faults, line: [`${name.padEnd(20)} ${did}`, watch.summary(), ...faults].join(' · ') };
}

const faultOf = (errors: string): string =>
  errors.split('\n').find((line) => line.includes('Error')) ?? 'the attack did not end in time';

function startService(beeUrl: string): Spawned {
  return spawned({
    command: bundledService([`--max-old-space-size=${HEAP_MB}`]),
    env: {
      STAMP_POOL_ENABLED: 'true',
      STAMP_POOL_ADOPT: 'any',
      STAMP_POOL_RESERVE: `17:${STOCK}`,
      STAMP_POOL_MAX_SPEND_BZZ_PER_DAY: '0',
      STAMP_POOL_DEFAULT_DURATION_HOURS: '1',
      STAMP_POOL_MIN_TTL_HOURS: '0',
      STAMP_POOL_ACQUIRE_MIN_TTL_HOURS: '0',
      SWARM_BLOCK_TIME_SECONDS: '0.5',
      SWARM_BEE_API_URL: beeUrl,
      STAMP_POOL_CHECK_INTERVAL_SECONDS: '1',
      PORT: '0',
      LOG_LEVEL: 'info',
    },
  });
}

async function stocked(url: string): Promise<void> {
  for (const endMs = performance.now() + MAX_START_MS; performance.now() < endMs; await sleep(100)) {
    const { body } = await send(`${url}/health`, { method: 'GET' });
    if (JSON.parse(body).stamp_pool.total_stamps >= STOCK) return;
  }
  throw new Error('the pool did not adopt its stock in time');
}

/** A service on a busy machine is late, and refuses what would wait for too long, and connections that add up. */
const isRefusal = (status: number | null): boolean => status === 429 || status === 503;

/** Acquires stamps at a steady rate, each over a connection of its own, and samples the memory of the service. */
class Watch {
  readonly #service: Spawned;
  readonly #url: string;
  readonly #latenciesMs: number[] = [];
  readonly #faults = new Set<string>();
  #maxRssMb = 0;

  constructor(service: Spawned, url: string) {
    this.#service = service;
    this.#url = url;
  }

  async until(ended: Promise<unknown>): Promise<void> {
    const over = new AbortController();
    void ended.finally(() => over.abort());
    const pending: Promise<unknown>[] = [];
    while (!over.signal.aborted) {
      pending.push(this.#acquire());
      this.#sampleMemory();
      await sleep(ACQUIRE_INTERVAL_MS);
    }
    await Promise.all(pending);
    while (isRefusal(await this.#acquire())); // The process has survived.
  }

  faults(): readonly string[] {
    return [
      ...this.#faults,
      ...(this.#p99Ms() > MAX_P99_MS ? ['an acquire took too long'] : []),
      ...(this.#maxRssMb > MAX_RSS_MB ? ['too much memory'] : []),
      ...(this.#service.child.exitCode === null ? [] : ['the process has ended']),
    ];
  }

  summary(): string {
    return `${this.#latenciesMs.length} acquires, p99 ${this.#p99Ms().toFixed(0)} ms · ${this.#maxRssMb.toFixed(0)} MB`;
  }

  /** Returns the status of the answer. */
  async #acquire(): Promise<number | null> {
    let status: number | null = null;
    const began = performance.now();
    try {
      ({ status } = await send(`${this.#url}/api/v1/pool/acquire`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: '{"size":"small"}',
      }));
      if (isRefusal(status)) this.#faults.add(`an acquire would have taken too long, and got ${status}`);
      else if (status !== 200) this.#faults.add(`an acquire was answered with ${status}`);
    } catch (error) {
      this.#faults.add(`an acquire failed: ${String(error)}`);
    }
    this.#latenciesMs.push(performance.now() - began);
    return status;
  }

  #sampleMemory(): void {
    if (this.#service.child.exitCode !== null) return;
    const status = readFileSync(`/proc/${this.#service.child.pid}/status`, 'utf8');
    const kilobytes = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
    this.#maxRssMb = Math.max(this.#maxRssMb, kilobytes / 1024);
  }

  #p99Ms(): number {
    const sorted = this.#latenciesMs.toSorted((a, b) => a - b);
    return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0;
  }
}

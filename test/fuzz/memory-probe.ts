// Preloaded into the service with --expose-gc. On SIGUSR2 it collects garbage and writes the memory in use to stderr.
import { setImmediate as nextTick } from 'node:timers/promises';

let measurements = 0;

async function measure(): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc?.();
    await nextTick(); // finalizers run between collections
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  const sockets = process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
  measurements += 1;
  process.stderr.write(`memory ${measurements} ${heapUsed + external} ${rss} ${sockets} end\n`);
}

process.on('SIGUSR2', () => void measure());

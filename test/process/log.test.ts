import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bundledScript } from './bundled-script.ts';
import { type Spawned, spawned } from './spawned.ts';

let directory = '';
/** The reading end of the pipe that the process logs to. */
let reader = 0;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'log-'));
  execFileSync('mkfifo', [join(directory, 'log')]);
  reader = openSync(join(directory, 'log'), constants.O_RDONLY | constants.O_NONBLOCK);
});
afterEach(() => {
  closeSync(reader);
  rmSync(directory, { recursive: true });
});

/** Starts a process that logs that many lines of 1 kB to the pipe, then serves. */
function flooded(lines: number, ...args: string[]): Spawned {
  const script = [process.execPath, bundledScript('flooded-log'), String(lines), ...args];
  const words = script.map((word) => `"${word}"`).join(' ');
  return spawned({
    command: ['sh', '-c', `exec ${words} > "${join(directory, 'log')}"`],
    env: { PORT: '0' },
  });
}

async function urlOf(service: Spawned): Promise<string> {
  const [, url = ''] = await service.errorOutputMatch(/serving on (\S+)/);
  return url;
}

/** Reads what is in the pipe now. */
function read(): string {
  const parts: Buffer[] = [];
  const buffer = Buffer.alloc(65_536);
  for (;;) {
    try {
      const bytes = readSync(reader, buffer);
      if (bytes === 0) return Buffer.concat(parts).toString();
      parts.push(Buffer.from(buffer.subarray(0, bytes)));
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
      return Buffer.concat(parts).toString();
    }
  }
}

async function readUntil(pattern: RegExp): Promise<string> {
  let text = '';
  while (!pattern.test(text)) {
    text += read();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return text;
}

const floodIn = (text: string): number => text.match(/^\{.*"flood":\d+.*\}$/gm)?.length ?? 0;

describe('a log that is not read', () => {
  test('does not stop the service; dropped lines are counted, and reported when it is read again', async () => {
    await using service = flooded(3000);
    const url = await urlOf(service);
    expect((await fetch(`${url}/health`)).status).toBe(200);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    const dropped = Number(/^stamp_pool_log_lines_dropped_total (\d+)$/m.exec(metrics)?.[1]);
    expect(dropped).toBeGreaterThan(1000);
    const text = await readUntil(/"msg":"the log was not read; lines were dropped"\}\n$/);
    const reported = Number(/"level":"warn".*"dropped":(\d+)/.exec(text)?.[1]);
    expect(reported).toBe(dropped);
    for (const line of text.trim().split('\n'))
      expect(() => JSON.parse(line), 'whole lines only').not.toThrow();
    const atStart = 5; // the maximum number of dropped lines from the start of the service
    expect(floodIn(text) + dropped).toBeGreaterThanOrEqual(3000);
    expect(floodIn(text) + dropped).toBeLessThanOrEqual(3000 + atStart);
    service.child.kill('SIGTERM');
    expect(await readUntil(/"msg":"stopped"\}\n$/)).toContain('"msg":"stopping"');
    expect(await service.ended).toBe(0);
  });

  test('does not prevent the end of the process', async () => {
    await using service = flooded(3000);
    await urlOf(service);
    service.child.kill('SIGTERM');
    expect(await service.ended).toBe(0);
  });
});

test('a process that ends with an uncaught error writes its whole log first', async () => {
  await using service = flooded(40, 'throw');
  expect(await service.ended).toBe(1);
  expect(service.output().err).toContain('Error: unforeseen');
  expect(floodIn(read())).toBe(40);
});

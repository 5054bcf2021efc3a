import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../../src/simulator/main.ts', import.meta.url));

const running: ChildProcessWithoutNullStreams[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

function run(...flags: string[]): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, [MAIN, ...flags]);
  running.push(child);
  return child;
}

/** Starts the simulator, and reads its two URLs from the output. */
async function start(...flags: string[]): Promise<{ child: ChildProcessWithoutNullStreams; urls: string[] }> {
  const child = run(...flags);
  const urls: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    const [url] = /http:\S+/.exec(line) ?? [];
    if (url !== undefined) urls.push(url);
    if (urls.length === 2) break;
  }
  return { child, urls };
}

async function outcome(
  child: ChildProcessWithoutNullStreams,
): Promise<{ code: number | null; output: string }> {
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const code = await new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  return { code, output };
}

describe('npm run simulator', () => {
  it('applies the options, and stops cleanly on a signal', async () => {
    const flags = '--port 0 --block-time-ms 5 --bzz 2.5 --price 30000 --start-block 500 --seed 3';
    const { child, urls } = await start(
      ...flags.split(' '),
      '--bee-version',
      '2.8.0',
      '--bee-block-time-s',
      '12',
    );
    const [url, adminUrl] = urls;
    const bought = await fetch(`${url}/stamps/600000000/17`, { method: 'POST' });
    expect(bought.status).toBe(201);
    expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ version: '2.8.0' });
    expect(await (await fetch(`${url}/chainstate`)).json()).toMatchObject({ currentPrice: '30000' });
    expect(await (await fetch(`${adminUrl}/ledger`)).json()).toMatchObject({
      ledger: [{ amount: '600000000' }],
    });
    const ended = outcome(child);
    child.kill('SIGUSR1'); // without a listener Node opens a debugger port, and reports it on standard error
    expect((await fetch(`${url}/health`)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await ended).toEqual({ code: 0, output: 'Stopped.\n' });
  });

  it('reports a port that is in use', async () => {
    const { urls } = await start('--port', '0');
    const port = new URL(urls[0] ?? '').port;
    expect(await outcome(run('--port', port))).toEqual({
      code: 1,
      output: `error: port ${port} is in use: choose another with --port or --admin-port\n`,
    });
  });

  it.each([
    { flags: ['--port', 'abc'], message: 'It must be a whole number' },
    { flags: ['--port', '70000'], message: 'It must be a port' },
    { flags: ['--bzz', '-1'], message: 'It must be an amount of money' },
    { flags: ['--bee-version', '1.0'], message: 'Allowed choices are 2.8.1, 2.8.0, 2.7.1' },
    { flags: ['--unknown'], message: "unknown option '--unknown'" },
  ])('rejects $flags', async ({ flags, message }) => {
    const { code, output } = await outcome(run(...flags));
    expect(code).toBe(1);
    expect(output).toContain(message);
  });

  it('documents its options with --help', async () => {
    const { code, output } = await outcome(run('--help'));
    expect(code).toBe(0);
    for (const flag of ['--port', '--block-time-ms', '--admin-port', '--seed'])
      expect(output).toContain(flag);
  });
});

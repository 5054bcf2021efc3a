import { once } from 'node:events';
import { join } from 'node:path';
import { z } from 'zod';
import { type ClosedLoop, closedLoop, type Measured } from './closed-loop.ts';
import { type Role, spawnPinned, stopProcess } from './pinned.ts';

/** A floor as its own process: the least that could answer. */
export interface Floor extends AsyncDisposable {
  readonly url: string;
  load(load: ClosedLoop): Promise<Measured>;
}

/** Starts bench/processes/<name>.ts. */
export async function startFloor(
  name: string,
  args: readonly string[] = [],
  role: Role = 'measured',
): Promise<Floor> {
  const script = join(import.meta.dirname, 'processes', `${name}.ts`);
  const child = spawnPinned(role, [process.execPath, script, ...args], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const ended = once(child, 'exit').then(() => {
    throw new Error(`${name} ended: ${errors}`);
  });
  ended.catch(() => {}); // it ends when the bench stops it
  const { url } = messageSchema.parse((await Promise.race([once(child, 'message'), ended]))[0]);
  return {
    url,
    load: closedLoop,
    [Symbol.asyncDispose]: async () => await stopProcess(child),
  };
}

const messageSchema = z.object({ url: z.string() });

import { once } from 'node:events';
import { join } from 'node:path';
import { z } from 'zod';
import { spawnPinned } from './pinned.ts';
import type { Scratch } from './scratch.ts';

/** The floor of a durable write, by a process of its own that makes one commit after the other. */
export async function secondsPerCommit(scratch: Scratch): Promise<number> {
  const script = join(import.meta.dirname, 'processes/commits.ts');
  const child = spawnPinned('measured', [process.execPath, script, scratch.path('commits.db'), '0.5'], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  return z.object({ secondsPerCommit: z.number() }).parse((await once(child, 'message'))[0]).secondsPerCommit;
}

import { statfsSync } from 'node:fs';

/** Where files are in memory, without a disk to wait for; null without that, or without so much room in it. */
export function memoryDirectory(neededBytes: number): string | null {
  if (process.platform !== 'linux') return null;
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize < neededBytes ? null : MEMORY;
  } catch {
    return null; // there is none
  }
}

/** Of Linux. In a container it often has 64 MB. */
const MEMORY = '/dev/shm';

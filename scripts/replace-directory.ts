import { rename, rm } from 'node:fs/promises';

/** Fills a directory beside `target`, and puts it in its place when it is whole, because a service may start meanwhile. */
export async function replaceDirectory(
  target: string,
  fill: (directory: string) => Promise<unknown>,
): Promise<void> {
  const directory = `${target}.${process.pid}`;
  await fill(directory);
  await rm(target, { recursive: true, force: true });
  await rename(directory, target);
}

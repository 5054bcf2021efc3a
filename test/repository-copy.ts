import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '..');

/** These paths of the repository, in a directory whose files may be changed. It shares node_modules. */
export function copyRepository(paths: readonly string[]): Disposable & { readonly directory: string } {
  const directory = mkdtempSync(join(tmpdir(), 'stamp-pool-copy-'));
  copyRepositoryTo(directory, paths);
  return { directory, [Symbol.dispose]: () => rmSync(directory, { recursive: true }) };
}

/** The same into a directory that is there, and stays. */
export function copyRepositoryTo(directory: string, paths: readonly string[]): void {
  for (const path of paths) cpSync(join(ROOT, path), join(directory, path), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
}

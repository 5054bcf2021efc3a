import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';

/** Far above the size of any file with settings or batch ids. */
const MAX_BYTES = 16 * 1024 * 1024;

const UNREADABLE: Readonly<Record<string, string>> = {
  EISDIR: 'it is a directory',
  EACCES: 'this user has no permission to read it',
  EPERM: 'this user has no permission to read it',
  ENOENT: 'there is no such file',
  ERR_FS_FILE_TOO_LARGE: 'it is too large',
};

/**
 * The text of a file that was written by hand, with any editor: UTF-8, or UTF-16 with a byte order mark, with any line ends.
 *
 * @throws RangeError with the reason why the file cannot be read.
 */
export function readTextFile(path: string): string {
  return textOf(path);
}

/** The same, of a file with secrets. @throws RangeError also if other users may read or write it. */
export function readPrivateTextFile(path: string): string {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (cause) {
    throw unreadable(cause);
  }
  try {
    if ((fstatSync(file).mode & OTHERS_MAY_READ_OR_WRITE) !== 0)
      throw new RangeError('other users may read or write it: chmod o-rw');
    return textOf(file);
  } finally {
    closeSync(file);
  }
}

const OTHERS_MAY_READ_OR_WRITE = 0o006;

function textOf(file: string | number): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw unreadable(cause);
  }
  if (bytes.length > MAX_BYTES) throw new RangeError(`it has ${bytes.length} bytes, more than ${MAX_BYTES}`);
  return decodeText(bytes);
}

function unreadable(cause: unknown): RangeError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return new RangeError(UNREADABLE[code] ?? String(cause), { cause });
}

/** @throws RangeError if the bytes are not text in a supported encoding. */
export function decodeText(bytes: Uint8Array): string {
  const text = decode(bytes).replaceAll(/\r\n?/g, '\n');
  if (text.includes('\0'))
    throw new RangeError('it is UTF-16 without a byte order mark, or not text: save it as UTF-8');
  return text;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes); // omits the byte order mark
  } catch (cause) {
    throw new RangeError('it is not UTF-8: save it as UTF-8', { cause });
  }
}

function encodingOf([first, second]: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
}

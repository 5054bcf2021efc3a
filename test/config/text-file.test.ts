import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readEnvFile } from '../../src/config/env-file.ts';
import { decodeText, readTextFile } from '../../src/config/text-file.ts';

let directory = '';
let file = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'text-file-'));
  file = join(directory, '.env');
});
afterEach(() => rmSync(directory, { recursive: true }));

const utf16be = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();

const ENCODINGS = [
  ['UTF-8', (text: string) => Buffer.from(text)],
  ['UTF-8 with a byte order mark', (text: string) => Buffer.from(`\uFEFF${text}`)],
  ['UTF-16LE with a byte order mark', (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le')],
  ['UTF-16BE with a byte order mark', (text: string) => utf16be(`\uFEFF${text}`)],
] as const;

test.each(ENCODINGS)('text in %s is read unchanged', (_name, encode) => {
  const text = fc.string({ unit: 'grapheme' }).filter((one) => !/[\0\r\uFEFF]/.test(one));
  fc.assert(
    fc.property(text, (written) => {
      expect(decodeText(encode(written))).toBe(written);
    }),
  );
});

test.each(ENCODINGS)('the first line of .env in %s is read, with any line ends', (_name, encode) => {
  for (const end of ['\n', '\r\n', '\r']) {
    writeFileSync(
      file,
      encode(`STAMP_POOL_ENABLED=true${end}# a comment${end}${end}export PORT = "80"${end}`),
    );
    expect(readEnvFile(file)).toEqual({ STAMP_POOL_ENABLED: 'true', PORT: '80' });
  }
});

test.each([
  [
    'UTF-16 without a byte order mark',
    Buffer.from('PORT=80\n', 'utf16le'),
    /UTF-16 without a byte order mark/,
  ],
  ['Latin-1', Buffer.from('NAME=caf\xe9\n', 'latin1'), /it is not UTF-8: save it as UTF-8/],
  ['half of UTF-16', Buffer.from([0xff, 0xfe, 0x41]), /it is not UTF-8/],
])('text in %s is rejected', (_name, bytes, words) => {
  writeFileSync(file, bytes);
  expect(() => readEnvFile(file)).toThrow(words);
  expect(() => readEnvFile(file)).toThrow(RangeError);
});

test('a missing .env is empty; a directory and a dangling link are rejected', () => {
  expect(readEnvFile(file)).toEqual({});
  expect(() => readTextFile(file)).toThrow('there is no such file');
  mkdirSync(file);
  expect(() => readEnvFile(file)).toThrow(`${file} cannot be read: it is a directory`);
  rmSync(file, { recursive: true });
  symlinkSync(join(directory, 'nothing'), file);
  expect(() => readEnvFile(file)).toThrow(`${file} cannot be read: there is no such file`);
});

test.each([
  ['A=1\nSTAMP_POOL_ENABLED: true\n', 2],
  ['STAMP_POOL_ENABLED true', 1],
  ['A="over\nseveral lines"\n\nB', 4],
  ["A='1' # fine\nB=`x\ny`\nC", 4],
])('a line that is not an assignment is rejected: %j', (text, line) => {
  writeFileSync(file, text);
  expect(() => readEnvFile(file)).toThrow(`${file}: line ${line} is not NAME=value`);
});

test('quoted values of several lines, comments and blank lines are accepted', () => {
  writeFileSync(
    file,
    '# a: b\n\nA="one\ntwo three"\nB=\'it is "quoted"\' # so\nexport C=\n D=a b c\n  export E=5\n',
  );
  expect(readEnvFile(file)).toEqual({ A: 'one\ntwo three', B: 'it is "quoted"', C: '', D: 'a b c', E: '5' });
});

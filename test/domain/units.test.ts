import { describe, expect, it } from 'vitest';
import {
  bzzToPlur,
  costOf,
  decimalBzz,
  decimalXdai,
  depth,
  ethereumAddress,
  formatBzz,
  formatXdai,
  isAcquisitionId,
  isBatchId,
  isDepth,
  nodeName,
  parseAcquisitionId,
  parseBatchId,
  parseEthereumAddress,
  parseOrderId,
  parsePlur,
  parseWei,
  plur,
  required,
  wei,
  xdaiToWei,
} from '../../src/domain/units.ts';

const BATCH_ID = '0a'.repeat(32);
const ADDRESS = `0x${'0a'.repeat(20)}`;
const UUID = '01890a5d-ac96-774b-bcce-b302099a8057';
/** What surrounds a value must not hide in it. */
const around = (text: string): string[] => [`x${text}`, `${text}x`, `${text}\n`, text.slice(1), ''];

describe('a unit', () => {
  it.each<[string, (text: string) => unknown, string, readonly string[]]>([
    ['batch id', parseBatchId, BATCH_ID, [...around(BATCH_ID), BATCH_ID.toUpperCase(), `0x${BATCH_ID}`]],
    ['address', parseEthereumAddress, ADDRESS, [...around(ADDRESS), ADDRESS.slice(2)]],
    ['order id', parseOrderId, UUID, [...around(UUID), UUID.replace('-7', '-4'), UUID.replace('-b', '-c')]],
    ['acquisition id', parseAcquisitionId, UUID, [...around(UUID), UUID.replace('-7', '-4')]],
    ['node name', nodeName, 'a_B-9.c', ['', 'a b', ' a', 'a,b', 'a=b', 'a\n', 'ä']],
    ['amount', (text) => parsePlur(text).toString(), '120', ['', '-1', '+1', '1.5', 'x1', '1x', '1 ', '0x1']],
    ['amount of gas', (text) => parseWei(text).toString(), '120', ['', '-1', '1.5', 'x1', '1x']],
  ])('%s is parsed, and nothing else is', (_what, parse, valid, invalid) => {
    expect(parse(valid)).toBe(valid);
    for (const text of invalid) expect(() => parse(text)).toThrow(Error);
  });

  it('address is accepted in any case', () => {
    expect(parseEthereumAddress(ADDRESS.toUpperCase().replace('0X', '0x'))).toBe(ADDRESS);
  });

  it('that is not one is refused with its value and what it should be', () => {
    for (const [parse, wrong, message] of [
      [parseBatchId, '0x1', '"0x1" is not a batch id: 64 lowercase hex digits, without 0x'],
      [parseEthereumAddress, '1', '"1" is not an Ethereum address: 0x and 40 hex digits'],
      [parseOrderId, '1', '"1" is not an order id'],
      [parseAcquisitionId, '1', '"1" is not an acquisition id'],
      [nodeName, 'a b', '"a b" is not a node name: letters, digits, "-", "_" and "." only'],
      [(text: string) => depth(Number(text)), '16', '16 is not a depth from 17 to 255'],
      [(text: string) => plur(BigInt(text)), '-1', '-1 PLUR is negative'],
      [(text: string) => wei(BigInt(text)), '-1', '-1 wei is negative'],
    ] as const)
      expect(() => parse(wrong)).toThrow(new RangeError(message));
    expect(() => parsePlur('1.5')).toThrow(new SyntaxError('"1.5" is not a decimal integer'));
    expect(() => required(null, 'sentAt')).toThrow(new TypeError('sentAt is null'));
    expect(required(0, 'sentAt')).toBe(0);
  });

  it('is recognized without an error', () => {
    expect([BATCH_ID, UUID].map(isBatchId)).toEqual([true, false]);
    expect([BATCH_ID, UUID].map(isAcquisitionId)).toEqual([false, true]);
    expect([16, 17, 18.5, 255, 256].map(isDepth)).toEqual([false, true, false, true, false]);
    expect([ADDRESS, UUID].map(ethereumAddress)).toEqual([ADDRESS, undefined]);
  });

  it('UUID of version 7 has 8, 4, 4, 4 and 12 lowercase hex digits', () => {
    const parts = UUID.split('-');
    const replaced = (index: number, part: string) => parts.with(index, part).join('-');
    const wrong = parts.flatMap((part, index) =>
      [part.slice(1), `${part}0`, part.toUpperCase(), part.replace(/.$/, 'g')]
        .filter((other) => other !== part)
        .map((other) => replaced(index, other)),
    );
    for (const text of wrong) expect(() => parseOrderId(text)).toThrow(RangeError);
    for (const variant of '89ab') expect(parseOrderId(replaced(3, `${variant}cce`))).toContain(variant);
    for (const variant of '7c') expect(() => parseOrderId(replaced(3, `${variant}cce`))).toThrow(RangeError);
  });

  it('amount is read from BZZ and xDAI of at most 16 and 18 places', () => {
    expect(['0', '1.5', '0.0000000000000001', '12'].map(bzzToPlur)).toEqual([
      0n,
      15n * 10n ** 15n,
      1n,
      12n * 10n ** 16n,
    ]);
    expect(['0.01', '0.000000000000000001'].map(xdaiToWei)).toEqual([10n ** 16n, 1n]);
    const invalid = ['', '.', '1.', '.5', '-1', '+1', '1e3', '1,5', ' 1', '1 ', '0x1', '1.5.5', '1\n'];
    for (const text of [...invalid, `0.${'0'.repeat(16)}1`]) expect(bzzToPlur(text)).toBeUndefined();
    for (const text of [...invalid, `0.${'0'.repeat(18)}1`]) expect(xdaiToWei(text)).toBeUndefined();
  });

  it('depth is an integer from 17 to 255', () => {
    expect([17, 255].map(depth)).toEqual([17, 255]);
    for (const count of [16, 256, 17.5, Number.NaN]) expect(() => depth(count)).toThrow(RangeError);
  });

  it('amount is not negative', () => {
    expect([plur(0n), wei(0n)]).toEqual([0n, 0n]);
    expect(() => plur(-1n)).toThrow(RangeError);
    expect(() => wei(-1n)).toThrow(RangeError);
  });

  it('amount is shown in BZZ and xDAI without zeros at the end', () => {
    expect([0n, 1n, 15n * 10n ** 15n, -5n * 10n ** 15n].map(decimalBzz)).toEqual([
      '0',
      '0.0000000000000001',
      '1.5',
      '-0.5',
    ]);
    expect(decimalXdai(10n ** 16n)).toBe('0.01');
    expect(formatBzz(10n ** 16n)).toBe('1 BZZ');
    expect(decimalBzz(10n ** 17n)).toBe('10');
    expect(formatXdai(-15n * 10n ** 17n)).toBe('-1.5 xDAI');
  });

  it('cost is the amount for each chunk', () => {
    expect(costOf(plur(3n), depth(17))).toBe(3n * 131_072n);
  });
});

import { describe, expect, it } from 'vitest';
import {
  costOf,
  decimalBzz,
  decimalXdai,
  depth,
  formatBzz,
  nodeName,
  parseAcquisitionId,
  parseBatchId,
  parseEthereumAddress,
  parseOrderId,
  parsePlur,
  parseWei,
  plur,
  wei,
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
  });

  it('cost is the amount for each chunk', () => {
    expect(costOf(plur(3n), depth(17))).toBe(3n * 131_072n);
  });
});

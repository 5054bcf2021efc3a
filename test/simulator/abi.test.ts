import { expect, it } from 'vitest';
import { batchIdOf, callData, keccakHex } from '../../src/simulator/abi.ts';
import { transcript } from './transcript.ts';

it.each([
  ['', 'c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'],
  ['abc', '4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45'],
  ['a'.repeat(300), '5b7e0e47a96f32a88b4f14ca177982790807c40e1a105742ba0fc1babe1ef826'],
])('hashes %j as Ethereum does', (text, hash) => {
  expect(keccakHex(Buffer.from(text))).toBe(hash);
});

it('derives the ids of recorded batches from the nonces in their recorded call data', () => {
  const rows = transcript('purchase');
  const bodies = (step: string): string[] =>
    rows.filter((row) => row.step === step).map((row) => row.response?.body ?? '');
  const derived = bodies('tx-after').map((body) => {
    const { data }: { data: string } = JSON.parse(body);
    return batchIdOf(data.slice(10 + 24, 10 + 64), data.slice(10 + 4 * 64, 10 + 5 * 64));
  });
  const recorded = bodies('buy').map((body) => {
    const { batchID }: { batchID: string } = JSON.parse(body);
    return batchID;
  });
  expect(recorded).toHaveLength(3);
  expect(derived).toEqual(recorded);
});

it('encodes call data with the selectors of the contract', () => {
  expect(callData('approve(address,uint256)', 'ab', 255n)).toBe(
    `095ea7b3${'ab'.padStart(64, '0')}${'ff'.padStart(64, '0')}`,
  );
  expect(callData('createBatch(address,uint256,uint8,uint8,bytes32,bool)')).toBe('5239af71');
});

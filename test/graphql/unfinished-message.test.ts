import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { UnfinishedMessage } from '../../src/graphql/unfinished-message.ts';

/** A frame of a client. The mask is 0. */
function frame(first: number, payload: Buffer): Buffer {
  const { length } = payload;
  const head = Buffer.alloc(length < 126 ? 6 : length < 65_536 ? 8 : 14);
  head[0] = first;
  head[1] = 0x80 + (length < 126 ? length : length < 65_536 ? 126 : 127);
  if (head.length === 8) head.writeUInt16BE(length, 2);
  if (head.length === 14) head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, payload]);
}

const TEXT = 0x01;
const CONTINUATION = 0x00;
const FINAL = 0x80;
const PING = 0x89;

const payloads = fc
  .constantFrom(0, 1, 125, 126, 300, 65_535, 65_536, 70_000)
  .map((length) => Buffer.alloc(length, 0xff));
/** A message in one or more frames, with pings between them. */
const messages = fc
  .array(fc.record({ payload: payloads, isBeforePing: fc.boolean() }), { minLength: 1, maxLength: 4 })
  .map((parts) =>
    Buffer.concat(
      parts.flatMap(({ payload, isBeforePing }, n) => {
        const first = (n === 0 ? TEXT : CONTINUATION) + (n === parts.length - 1 ? FINAL : 0);
        const hasPing = isBeforePing && n < parts.length - 1;
        return [frame(first, payload), ...(hasPing ? [frame(PING, Buffer.from('are you there'))] : [])];
      }),
    ),
  );

/** What is kept after each read of a message, with how much of it has arrived. */
function readIn(unfinished: UnfinishedMessage, message: Buffer, cuts: readonly number[]) {
  const ends = new Set([...cuts.map((cut) => 1 + (cut % message.length)), message.length]);
  let begin = 0;
  return [...ends]
    .toSorted((a, b) => a - b)
    .map((end) => {
      const kept = unfinished.add(message.subarray(begin, end));
      begin = end;
      return { kept, arrived: end };
    });
}

test('between messages nothing is kept, and within one at least its bytes until then', () => {
  fc.assert(
    fc.property(fc.array(messages, { minLength: 1, maxLength: 3 }), fc.array(fc.nat()), (sent, cuts) => {
      const unfinished = new UnfinishedMessage();
      for (const message of sent) {
        const reads = readIn(unfinished, message, cuts);
        expect(reads.pop()?.kept).toBe(0);
        expect(reads.filter(({ kept, arrived }) => kept < arrived)).toEqual([]);
      }
    }),
    { numRuns: 50 },
  );
});

test('the read in which a message begins counts as a whole', () => {
  const unfinished = new UnfinishedMessage();
  const whole = frame(TEXT + FINAL, Buffer.alloc(300));
  expect(unfinished.add(Buffer.concat([whole, whole.subarray(0, 1)]))).toBe(whole.length + 1 + 500);
  expect(unfinished.add(whole.subarray(1, 9))).toBe(whole.length + 1 + 500 + 8 + 500);
  expect(unfinished.add(whole.subarray(9))).toBe(0);
});

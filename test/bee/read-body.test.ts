import { describe, expect, test } from 'vitest';
import { MAX_ANSWER_BYTES, readBody } from '../../src/bee/read-body.ts';
import { TransportError } from '../../src/bee/transport-error.ts';

const encoder = new TextEncoder();
async function* bodyOf(...chunks: readonly (string | Uint8Array)[]): AsyncIterable<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === 'string' ? encoder.encode(chunk) : chunk;
}
const TOO_LONG = expect.objectContaining({ mayHaveBeenSent: true, invalidAnswer: true });

describe('the body of an answer', () => {
  test('is read as a whole up to 8 MiB', async () => {
    expect(MAX_ANSWER_BYTES).toBe(8 * 2 ** 20);
    const most = new Uint8Array(MAX_ANSWER_BYTES).fill(0x61);
    expect(await readBody(bodyOf(most), [], undefined)).toHaveLength(MAX_ANSWER_BYTES);
    const longer = readBody(bodyOf(most, 'a'), [], undefined);
    await expect(longer).rejects.toThrow(TransportError);
    await expect(longer).rejects.toEqual(TOO_LONG);
  });

  test('is passed on part by part, between which requests are served, until no more is wanted', async () => {
    const events: string[] = [];
    const onPart = (part: string): boolean => {
      events.push(part);
      setImmediate(() => events.push('other work'));
      return part !== 'end';
    };
    expect(await readBody(bodyOf('a', 'b'), [], onPart)).toBe('');
    expect(events).toEqual(['a', 'other work', 'b', 'other work', '']);
    const more = new Uint8Array(MAX_ANSWER_BYTES + 1);
    expect(await readBody(bodyOf(more), [], () => true)).toBe('');
    await expect(readBody(bodyOf('end', 'never'), [], onPart)).rejects.toEqual(TOO_LONG);
    expect(events.slice(-2)).not.toContain('never');
  });

  test.each([
    ['as a whole', undefined],
    ['part by part', () => true],
  ])('is not read to its end in many tiny chunks, %s', async (_how, onPart) => {
    const inChunks = (count: number, text: string): Promise<string> =>
      readBody(bodyOf(...Array.from({ length: count }, () => text)), [], onPart);
    await inChunks(2000, 'a');
    await inChunks(5000, 'a'.repeat(64));
    await expect(inChunks(3000, 'a')).rejects.toEqual(TOO_LONG);
    await expect(inChunks(3000, 'a')).rejects.toThrow('in more and smaller chunks');
  });

  test('has characters that are cut between two chunks, and a last one that is not complete', async () => {
    const bytes = encoder.encode('ü');
    expect(await readBody(bodyOf(bytes.slice(0, 1), bytes.slice(1), bytes.slice(0, 1)), [], undefined)).toBe(
      'ü\uFFFD',
    );
  });

  test('has no secret, wherever it is cut', async () => {
    const text = 'Bearer abcdef, abcdef and abcde';
    for (let at = 0; at <= text.length; at += 1) {
      const parts: string[] = [];
      const onPart = (part: string): boolean => parts.push(part) > 0;
      await readBody(bodyOf(text.slice(0, at), text.slice(at)), ['Bearer abcdef', 'abcdef'], onPart);
      expect(parts.join('')).toBe('[secret], [secret] and abcde');
    }
    expect(await readBody(bodyOf('abcdef'), ['abcdef'], undefined)).toBe('[secret]');
  });
});

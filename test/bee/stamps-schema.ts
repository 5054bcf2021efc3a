import { z } from 'zod';
import { StampList } from '../../src/bee/stamp-list.ts';
import { StampListReader } from '../../src/bee/stamp-list-reader.ts';
import type { SeenStamp } from '../../src/domain/observation.ts';

/** The answer with the list of stamps, read as its text arrives: in pieces of some characters. */
export const STAMPS = z.unknown().transform((body, context): readonly SeenStamp[] => {
  const list = readInPieces(JSON.stringify(body), 50);
  if (list instanceof StampList) return [...list];
  context.addIssue(list.is === 'invalid' ? list.issue : list.is);
  return z.NEVER;
});

export function readInPieces(text: string, length: number): ReturnType<StampListReader['end']> {
  const reader = new StampListReader();
  for (let at = 0; at < text.length; at += length) reader.write(text.slice(at, at + length));
  return reader.end();
}

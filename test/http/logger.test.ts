import { expect, test } from 'vitest';
import { createLogger } from '../../src/logger.ts';

test('no line shows what a URL or a header carries for a password', () => {
  const lines: string[] = [];
  const logger = createLogger({ level: 'info', destination: { write: (line) => void lines.push(line) } });
  const cause = new Error('connect to http://me:secret@bee:1633/stamps failed');
  logger.error({ err: cause, url: 'http://me:secret@bee:1633' }, 'no answer from http://me:secret@bee:1633');
  logger.info(
    { headers: { authorization: 'Basic secret' }, request: { authorization: 'Basic secret' } },
    'asked',
  );
  logger.info({ req: { headers: { authorization: 'Basic secret' } } }, 'asked');
  expect(lines.join('')).not.toContain('secret@');
  expect(lines.join('')).not.toContain('Basic');
  expect(lines.map((line) => Object.keys(JSON.parse(line)).slice(0, 2))).toEqual([
    ['level', 'time'],
    ['level', 'time'],
    ['level', 'time'],
  ]);
});

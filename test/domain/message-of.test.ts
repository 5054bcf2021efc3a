import { expect, it } from 'vitest';
import { messageOf } from '../../src/domain/message-of.ts';

it('the message of what was thrown has no name of a class, and all messages of an AggregateError', () => {
  expect(messageOf(new TypeError('a bug'))).toBe('a bug');
  expect(messageOf('a text')).toBe('a text');
  const attempts = [new Error('ECONNREFUSED ::1'), new Error('ECONNREFUSED 127.0.0.1')];
  expect(messageOf(new AggregateError(attempts))).toBe('ECONNREFUSED ::1, ECONNREFUSED 127.0.0.1');
});

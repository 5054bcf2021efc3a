import { expect, test } from 'vitest';
import { isLoopbackHost } from '../../src/config/loopback.ts';

test.each([
  '127.0.0.1',
  '127.8.9.10',
  '::1',
  '[::1]',
  '0:0:0:0:0:0:0:1',
  'localhost',
  'LOCALHOST.',
  'pool.localhost',
])('%s is reached by programs on this machine alone', (host) => expect(isLoopbackHost(host)).toBe(true));

test.each(['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', '127.0.0.1.example', 'localhost.example', '1::1', ''])(
  '"%s" may be reached by other machines',
  (host) => expect(isLoopbackHost(host)).toBe(false),
);

import { expect, test } from 'vitest';
import { parseConfig } from '../../src/config/config.ts';

test.each([
  [{}, ['localhost', '127.0.0.1', '[::1]']],
  [{ HOST: 'pool.localhost' }, ['localhost', '127.0.0.1', '[::1]', 'pool.localhost']],
  [{ HOST: '127.0.0.2' }, ['localhost', '127.0.0.1', '[::1]', '127.0.0.2']],
  [
    { HOST: '::1', STAMP_POOL_ALLOWED_HOSTS: 'Pool.example, 10.0.0.5,::2' },
    ['localhost', '127.0.0.1', '[::1]', 'pool.example', '10.0.0.5', '[::2]'],
  ],
  [{ HOST: '0.0.0.0', STAMP_POOL_ALLOWED_HOSTS: 'pool.example' }, ['pool.example']],
])('the host names of %j', (env, names) => {
  const { exposure, warnings } = parseConfig(env);
  expect([...(exposure.allowedHosts ?? [])]).toEqual(names);
  expect(warnings).toEqual([]);
});

test('without names and a loopback host, every name is accepted, with a warning', () => {
  const { exposure, warnings } = parseConfig({ HOST: '0.0.0.0' });
  expect(exposure.allowedHosts).toBeNull();
  expect(warnings).toEqual([
    'HOST is not a loopback address and STAMP_POOL_ALLOWED_HOSTS is not set: requests for every host name are accepted',
  ]);
});

test('lists are separated by commas', () => {
  const { exposure } = parseConfig({
    STAMP_POOL_CORS_ORIGINS: 'https://app.example, http://localhost:3000',
    TRUST_PROXY: '127.0.0.1, 10.0.0.0/8,fd00::/8,fe80::1%eth0',
  });
  expect([...exposure.corsOrigins]).toEqual(['https://app.example', 'http://localhost:3000']);
  expect(exposure.trustedProxies).toEqual(['127.0.0.1', '10.0.0.0/8', 'fd00::/8', 'fe80::1%eth0']);
});

test.each([
  ['STAMP_POOL_ALLOWED_HOSTS', 'pool.example:8000', '"pool.example:8000" is not a host name without a port'],
  ['STAMP_POOL_ALLOWED_HOSTS', '*', '"*" is not a host name without a port'],
  ['STAMP_POOL_ALLOWED_HOSTS', 'a,,b', '"" is not a host name without a port'],
  ['STAMP_POOL_CORS_ORIGINS', '*', '"*" is not an origin, such as https://app.example'],
  [
    'STAMP_POOL_CORS_ORIGINS',
    'https://a.example/x',
    '"https://a.example/x" is not an origin, such as https://app.example',
  ],
  ['STAMP_POOL_CORS_ORIGINS', 'null', '"null" is not an origin, such as https://app.example'],
  ['TRUST_PROXY', 'true', '"true" is not an address or a CIDR of some addresses, such as 10.0.0.0/8'],
  [
    'TRUST_PROXY',
    '10.0.0.0/33',
    '"10.0.0.0/33" is not an address or a CIDR of some addresses, such as 10.0.0.0/8',
  ],
  [
    'TRUST_PROXY',
    'fe80::1%eth0.100',
    '"fe80::1%eth0.100" is not an address or a CIDR of some addresses, such as 10.0.0.0/8',
  ],
  [
    'TRUST_PROXY',
    '0.0.0.0/0',
    '"0.0.0.0/0" is not an address or a CIDR of some addresses, such as 10.0.0.0/8',
  ],
  [
    'TRUST_PROXY',
    '127.0.0.1,::/0',
    '"::/0" is not an address or a CIDR of some addresses, such as 10.0.0.0/8',
  ],
  ['STAMP_POOL_MAX_CONNECTIONS', '0', '"0" is not a number from 1 to 1000000'],
  ['STAMP_POOL_MAX_DOCUMENT_BYTES', '999', '"999" is not a number from 1000 to 100000'],
])('%s=%s is a mistake', (name, value, mistake) => {
  expect(() => parseConfig({ [name]: value })).toThrowError(
    expect.objectContaining({ message: expect.stringContaining(`${name}="${value}": ${mistake}`) }),
  );
});

test.each([
  [{}, true],
  [{ NODE_ENV: 'production' }, false],
  [{ NODE_ENV: 'production', STAMP_POOL_GRAPHIQL: 'on' }, true],
  [{ STAMP_POOL_GRAPHIQL: 'off' }, false],
])('GraphiQL with %j: %j', (env, graphiql) => {
  expect(parseConfig(env).exposure.graphiql).toBe(graphiql);
});

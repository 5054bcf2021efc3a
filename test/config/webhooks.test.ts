import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/config.ts';
import { ConfigError } from '../../src/config/config-error.ts';

const directory = mkdtempSync(join(tmpdir(), 'stamp-pool-webhooks-'));
afterAll(() => rmSync(directory, { recursive: true }));

const SECRET = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
const ADDRESS = 'https://me:pass@hooks.example/T0/B0?token=deadbeef';

function fileWith(text: string, mode = 0o600): string {
  const file = join(directory, String(Math.random()));
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

function mistakes(env: Record<string, string>): string {
  try {
    parseConfig(env);
    return '';
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

test('nothing is set by default', () => {
  expect(parseConfig({}).webhooks).toBeNull();
});

test('reads the URL as it is, and the secret from the environment or from a file, and shows neither', () => {
  const fromFile = {
    STAMP_POOL_WEBHOOK_URL: ADDRESS,
    STAMP_POOL_WEBHOOK_SECRET_FILE: fileWith(`${SECRET}\n`),
  };
  for (const env of [{ STAMP_POOL_WEBHOOK_URL: ADDRESS, STAMP_POOL_WEBHOOK_SECRET: SECRET }, fromFile]) {
    const config = parseConfig(env);
    expect([config.webhooks?.url.reveal(), config.webhooks?.secret.reveal()]).toEqual([ADDRESS, SECRET]);
    expect(config.webhooks).toMatchObject({ host: 'hooks.example', runwayDays: 7 });
    const shown = `${JSON.stringify(config.webhooks)}${inspect(config.webhooks)}${String(config.webhooks?.url)}`;
    expect(shown).not.toMatch(/pass|T0|deadbeef|whsec/);
  }
});

test.for([
  ['without a secret', { STAMP_POOL_WEBHOOK_URL: ADDRESS }, /WEBHOOK_SECRET or .*_FILE is required/],
  ['without a URL', { STAMP_POOL_WEBHOOK_SECRET: SECRET }, /WEBHOOK_URL is required/],
  [
    'two secrets',
    {
      STAMP_POOL_WEBHOOK_URL: ADDRESS,
      STAMP_POOL_WEBHOOK_SECRET: SECRET,
      STAMP_POOL_WEBHOOK_SECRET_FILE: '/run/secret',
    },
    /both set/,
  ],
  [
    'an unencrypted URL on another machine',
    { STAMP_POOL_WEBHOOK_URL: 'http://hooks.example/deadbeef', STAMP_POOL_WEBHOOK_SECRET: SECRET },
    /unencrypted to hooks\.example\. Use https, or set STAMP_POOL_WEBHOOK_ALLOW_HTTP=true/,
  ],
  [
    'no URL',
    { STAMP_POOL_WEBHOOK_URL: 'ftp://deadbeef', STAMP_POOL_WEBHOOK_SECRET: SECRET },
    /URL: it is not/,
  ],
  [
    'a user that cannot be decoded',
    { STAMP_POOL_WEBHOOK_URL: 'https://me:%zz@hooks.example/', STAMP_POOL_WEBHOOK_SECRET: SECRET },
    /URL: it is not a URL/,
  ],
  [
    'a short secret',
    { STAMP_POOL_WEBHOOK_URL: ADDRESS, STAMP_POOL_WEBHOOK_SECRET: 'whsec_deadbeef' },
    /SECRET: it is not whsec_ and the Base64 of 24 to 64 random bytes/,
  ],
  [
    'a secret without its prefix',
    { STAMP_POOL_WEBHOOK_URL: ADDRESS, STAMP_POOL_WEBHOOK_SECRET: SECRET.slice(6) },
    /SECRET: it is not/,
  ],
  ['days that are none', { STAMP_POOL_RUNWAY_DAYS: '-1' }, /a number of days from 0 to 3650/],
] as const)('refuses %s, without repeating a secret', ([, env, refusal]) => {
  const message = mistakes(env);
  expect(message).toMatch(refusal);
  expect(message.split('\n').length).toBeLessThanOrEqual(2);
  expect(message).not.toMatch(/deadbeef|pass@|whsec_[A-Za-z0-9]/);
});

test('refuses a file that others may read, that is missing, or that holds no secret', () => {
  const env = { STAMP_POOL_WEBHOOK_URL: ADDRESS };
  const refusal = (file: string): string => mistakes({ ...env, STAMP_POOL_WEBHOOK_SECRET_FILE: file });
  expect(refusal(fileWith(SECRET, 0o644))).toMatch(/chmod o-rw/);
  expect(refusal(join(directory, 'none'))).toMatch(/no such file/);
  expect(refusal(fileWith('deadbeef'))).toMatch(/_FILE="[^"]*": it has no whsec_/);
});

test.for(['http://127.0.0.1:9000/x', 'http://localhost/x', 'http://[::1]/x'])(
  'accepts %s, which stays on this machine',
  (url) => {
    const env = { STAMP_POOL_WEBHOOK_URL: url, STAMP_POOL_WEBHOOK_SECRET: SECRET };
    expect(parseConfig(env).webhooks?.url.reveal()).toBe(url);
  },
);

test('accepts http on another machine if the operator allows it', () => {
  const env = {
    STAMP_POOL_WEBHOOK_URL: 'http://alerts:9000/',
    STAMP_POOL_WEBHOOK_SECRET: SECRET,
    STAMP_POOL_WEBHOOK_ALLOW_HTTP: 'true',
  };
  expect(parseConfig(env).webhooks?.host).toBe('alerts:9000');
});

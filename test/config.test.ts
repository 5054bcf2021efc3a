import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../src/config/config.ts';
import { ConfigError } from '../src/config/config-error.ts';
import { shownDatabase } from '../src/config/database.ts';
import type { Environment } from '../src/config/environment.ts';
import { SETTING_NAMES } from '../src/config/settings.ts';
import { anyText } from './any-text.ts';

const ID = 'ab'.repeat(32);
const noFiles = (path: string): string => {
  throw new RangeError(`there is no such file as ${path}`);
};
const RESERVED = ' "\t\n\\/?#%@:,;=\'<>[]|^`{}';
const withFile = (text: string) => (): string => text;

function mistakesOf(env: Environment, readText = noFiles): readonly string[] {
  try {
    parseConfig(env, readText);
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes;
    throw error;
  }
  return [];
}

describe('defaults', () => {
  test('are those of the Python gateway, in seconds, PLUR and wei', () => {
    const config = parseConfig({}, noFiles);
    expect(config).toEqual({
      enabled: false,
      nodes: [],
      policy: {
        targets: new Map([
          [17, 1],
          [20, 1],
        ]),
        acquireMinTtlSeconds: 12 * 3600,
        minTtlSeconds: 24 * 3600,
        topUpSeconds: 168 * 3600,
        defaultDurationSeconds: 168 * 3600,
        lowReserveThreshold: 1,
        immediateReplenish: true,
        fallback: { exactFloor: new Map(), maxSteps: null },
        adoption: { from: 'nowhere' },
        immutable: true,
        canaryIntervalSeconds: null,
        runIntervalSeconds: 900,
        blockTimeSeconds: 5,
        maxSpendPerDay: null,
        maxOrder: null,
        maxPrice: null,
        walletFloorBzz: 0n,
        walletFloorXdai: 10n ** 16n,
        drainedNodes: new Set(),
        nodeAwaySeconds: 3600,
      },
      access: { allowAnonymous: false, jwt: null, anonymousTier: null, requestsPerSecond: 50 },
      restContract: '2026-01',
      database: { engine: 'sqlite', file: 'data/stamp-pool.db' },
      host: '127.0.0.1',
      port: 8000,
      exposure: {
        maxDocumentBytes: 10_000,
        maxConnections: 10_000,
        maxConnectionsPerAddress: 200,
        allowedHosts: new Set(['localhost', '127.0.0.1', '[::1]']),
        corsOrigins: new Set(),
        trustedProxies: [],
        graphiql: true,
      },
      logLevel: 'info',
      telemetry: null,
      webhooks: null,
      warnings: [],
    });
  });

  test('apply to empty variables', () => {
    const empty = Object.fromEntries(SETTING_NAMES.map((name) => [name, ' ']));
    expect(parseConfig(empty, noFiles)).toEqual(parseConfig({}, noFiles));
  });

  test('are in a frozen object', () => {
    const config = parseConfig({}, noFiles);
    expect([Object.isFrozen(config), Object.isFrozen(config.policy)]).toEqual([true, true]);
  });

  test('come from the table, every row of which is read', () => {
    const read = new Set<string>();
    const env = new Proxy<Record<string, string>>(
      {},
      {
        get: (_, name) => {
          read.add(String(name));
          return undefined;
        },
      },
    );
    parseConfig(env, noFiles);
    expect([...read].toSorted()).toEqual(SETTING_NAMES.toSorted());
  });
});

describe('telemetry', () => {
  const OTLP = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
    OTEL_EXPORTER_OTLP_HEADERS: 'key=s3cr3t',
  };
  test('has the variables of the SDK, which cannot be printed', () => {
    const { telemetry } = parseConfig({ ...OTLP, PORT: '1' });
    expect(telemetry?.reveal()).toEqual(OTLP);
    expect(JSON.stringify(telemetry)).toBe('"[secret]"');
  });

  test('is off if the SDK is disabled, and a mistake if the endpoint is no URL', () => {
    expect(parseConfig({ ...OTLP, OTEL_SDK_DISABLED: 'true' }).telemetry).toBeNull();
    expect(() => parseConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector' })).toThrow(
      /OTEL_EXPORTER_OTLP_ENDPOINT/,
    );
  });
});

describe('values', () => {
  test.each(['true', 'TRUE', '1', 'yes', 'On', 't', 'Y'])('accepts %s as true, like pydantic', (text) => {
    expect(parseConfig({ STAMP_POOL_IMMUTABLE: text }).policy.immutable).toBe(true);
  });
  test.each(['false', 'False', '0', 'no', 'OFF', 'f', 'n'])('accepts %s as false, like pydantic', (text) => {
    expect(parseConfig({ STAMP_POOL_IMMUTABLE: text }).policy.immutable).toBe(false);
  });

  test('converts hours to seconds and BZZ to PLUR', () => {
    const { policy } = parseConfig({
      STAMP_POOL_TOPUP_HOURS: '1.5',
      STAMP_POOL_MAX_ORDER_BZZ: '0.25',
      STAMP_POOL_MAX_SPEND_BZZ_PER_DAY: '10',
      STAMP_POOL_MAX_PRICE_PLUR: '90000',
    });
    expect([policy.topUpSeconds, policy.maxOrder, policy.maxSpendPerDay, policy.maxPrice]).toEqual([
      5400,
      25n * 10n ** 14n,
      10n ** 17n,
      90_000n,
    ]);
  });

  test('raises the minimum time to live to the promised one', () => {
    const { policy } = parseConfig({ STAMP_POOL_MIN_TTL_HOURS: '2', STAMP_POOL_ACQUIRE_MIN_TTL_HOURS: '30' });
    expect([policy.minTtlSeconds, policy.acquireMinTtlSeconds]).toEqual([30 * 3600, 30 * 3600]);
  });

  test('limits larger stamps by depth and by steps', () => {
    const { policy } = parseConfig({
      STAMP_POOL_EXACT_FLOOR: '20:2,22:1',
      STAMP_POOL_MAX_FALLBACK_STEPS: '3',
    });
    expect(policy.fallback).toEqual({
      exactFloor: new Map([
        [20, 2],
        [22, 1],
      ]),
      maxSteps: 3,
    });
    expect(() => parseConfig({ STAMP_POOL_EXACT_FLOOR: '20' })).toThrow(/STAMP_POOL_EXACT_FLOOR/);
    expect(() => parseConfig({ STAMP_POOL_MAX_FALLBACK_STEPS: '-1' })).toThrow(/MAX_FALLBACK_STEPS/);
  });

  test('replaces the three sizes by STAMP_POOL_RESERVE, with a warning', () => {
    const { policy, warnings } = parseConfig({
      STAMP_POOL_RESERVE: '17:4, 20:2,24:0',
      STAMP_POOL_RESERVE_LARGE: '5',
    });
    expect([...policy.targets]).toEqual([
      [17, 4],
      [20, 2],
    ]);
    expect(warnings).toEqual(['STAMP_POOL_RESERVE_LARGE is ignored: STAMP_POOL_RESERVE replaces it']);
  });

  test.each([
    ['file:data/pool.db', 'data/pool.db'],
    ['file:/var/pool.db', '/var/pool.db'],
    ['file:///var/pool.db', '/var/pool.db'],
    ['file://localhost/var/pool.db', '/var/pool.db'],
    ['file:./my%20data/p%C3%B6%23%3f.db?mode=rwc', './my data/pö#?.db'],
  ])('reads the path of %s', (url, path) => {
    expect(parseConfig({ DATABASE_URL: url }).database).toEqual({ engine: 'sqlite', file: path });
  });
});

test('a mistake in a setting that several parts read is listed once', () => {
  expect(mistakesOf({ HOST: 'a host' })).toEqual(['HOST="a host": "a host" is not a host name or address']);
});

describe('DATABASE_URL', () => {
  test.each([
    ['file:', 'it has no path: write file:<path>'],
    ['data/pool.db', 'it is neither file:<path> nor postgres://<user>:<password>@<host>/<database>'],
    ['mysql://x', 'it is neither file:<path> nor postgres://<user>:<password>@<host>/<database>'],
    ['file://data/pool.db', '"data" would be a host: write file:<path>, or file:///<path> from the root'],
    ['file:pool.db?mode=ro', 'the parameter "mode=ro" is not understood; a "?" in the path is written %3F'],
    [
      'file:pool.db?mode=rwc&vfs=unix',
      'the parameter "vfs=unix" is not understood; a "?" in the path is written %3F',
    ],
    ['file:pool.db?', 'the parameter "" is not understood; a "?" in the path is written %3F'],
    ['file:pool.db#1', 'a "#" in the path is written %23'],
    ['file:50%.db', 'a "%" in the path is written %25'],
    ['file:pool%00.db', 'a path has no NUL'],
    ['file:~/pool.db', '"~" is not expanded: write the whole path'],
    ['file:data/', 'it is the path of a directory: add the name of the file'],
    ['file::memory:', 'a database in memory is lost when the process ends: use file:<path>'],
    ['file:x?mode=memory', 'a database in memory is lost when the process ends: use file:<path>'],
  ])('rejects %s', (url, mistake) => {
    expect(mistakesOf({ DATABASE_URL: url })).toEqual([`DATABASE_URL="${url}": ${mistake}`]);
  });

  const severalHosts = 'it has several hosts: name one, such as that of the proxy';
  const noDatabase = 'it has no database: write postgres://<user>:<password>@<host>/<database>';
  test.each([
    ['postgres://', noDatabase],
    ['postgres://host/', noDatabase],
    ['postgresql://host/a/b', noDatabase],
    ['postgres://a,b/pool', severalHosts],
    ['postgres://a:1,b:2/pool', severalHosts],
    [
      'postgres://h/pool?sslmode=prefer',
      'sslmode="prefer" is not one of disable, require, verify-ca, verify-full',
    ],
    [
      'postgres://h/pool?sslmode=verify-ca',
      'sslmode=verify-ca needs sslrootcert=<path>; verify-full uses the CAs of the system',
    ],
    [
      'postgres://h/pool?options=-c',
      'the parameter "options" is not understood: host, sslmode, sslrootcert, sslcert, sslkey are',
    ],
  ])('rejects %s', (url, mistake) => {
    expect(mistakesOf({ DATABASE_URL: url })).toEqual([`DATABASE_URL="${url}": ${mistake}`]);
  });

  test.each([
    ['postgres://me:secret-1@db.example:6432/a%20pool?sslmode=require', 'a pool on db.example:6432', false],
    ['postgresql://me:secret-1@db.example/pool', 'pool on db.example', true],
    ['postgres://me:secret-1@[::1]/pool', 'pool on [::1]', false],
    ['postgres:///pool?host=/run/postgresql', 'pool on /run/postgresql', false],
  ])(
    'shows %s without the password, and warns if others could read the connection',
    (url, shown, isExposed) => {
      const { database, warnings } = parseConfig({ DATABASE_URL: url });
      expect(shownDatabase(database)).toBe(shown);
      expect(inspect(database) + JSON.stringify(database)).not.toContain('secret-');
      expect(warnings.filter((warning) => warning.includes('unencrypted'))).toHaveLength(Number(isExposed));
    },
  );

  test.each([
    'postgres://me:secret@a:5432,b:5432/pool',
    'postgres://me:secret@a,b:5432/pool?sslmode=require',
    'postgres://me:secret@a:5432,b:5432',
  ])('says that %s has several hosts', (url) => {
    expect(mistakesOf({ DATABASE_URL: url })).toEqual([`DATABASE_URL: ${severalHosts}`]);
  });

  test('does not take a comma in a password for one between hosts', () => {
    const mistakes = mistakesOf({ DATABASE_URL: 'postgres://me:a,b/c@host/pool' });
    expect(mistakes).toEqual([expect.stringContaining('in the password, the characters')]);
  });

  test.each([
    'postgres://me:secret-#1@db/pool',
    'postgres://me:secret-/1@db/pool',
    'postgres://me:secret-1@db',
    'postgres://h/p?password=secret-1',
  ])('does not repeat the password of %s', (url) => {
    const [mistake] = mistakesOf({ DATABASE_URL: url });
    expect(mistake).toMatch(/^DATABASE_URL: /);
    expect(mistake).not.toContain('secret-');
  });

  test('accepts every path, percent-encoded', () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((one) => !/[/\0]|^~$|:memory:/.test(one));
    fc.assert(
      fc.property(
        fc.array(name, { minLength: 1 }),
        fc.constantFrom('file:', 'file:/', 'file:///'),
        (names, prefix) => {
          const { database } = parseConfig({
            DATABASE_URL: prefix + names.map(encodeURIComponent).join('/'),
          });
          const file = (prefix === 'file:' ? '' : '/') + names.join('/');
          expect(database).toEqual({ engine: 'sqlite', file });
        },
      ),
    );
  });
});

describe('the Bee node', () => {
  const enabled = { STAMP_POOL_ENABLED: 'true' };

  test('is required when the pool is enabled', () => {
    expect(mistakesOf(enabled)).toEqual(['SWARM_BEE_API_URL is required when STAMP_POOL_ENABLED is true']);
  });

  test('has an optional name, and a public URL without the password', () => {
    const [node] = parseConfig({ ...enabled, SWARM_BEE_API_URL: 'main=http://me:secret@bee:1633/' }).nodes;
    expect([node?.name, node?.apiUrl.reveal(), node?.publicUrl]).toEqual([
      'main',
      'http://me:secret@bee:1633',
      'http://bee:1633',
    ]);
  });

  const nasty = fc.oneof(
    fc.constantFrom(...RESERVED.split(''), '%40', '//', '/@', '@/', '\t"', 'é', '\u2028'),
    anyText({ maxLength: 5 }),
  );

  test('keeps a password of any characters unchanged, or rejects the setting', () => {
    fc.assert(
      fc.property(nasty, (inside) => {
        const password = `s3cr3t${inside}t4il`;
        const env = { ...enabled, SWARM_BEE_API_URL: `http://me:${password}@bee:1633/api` };
        if (mistakesOf(env).length > 0) return;
        const [node] = parseConfig(env).nodes;
        const url = new URL(node?.apiUrl.reveal() ?? '');
        expect(decodeURIComponent(url.password)).toBe(decodeURIComponent(password.toWellFormed()));
        expect([node?.publicUrl, node?.apiUrl.shown]).toEqual(['http://bee:1633/api', 'http://bee:1633/api']);
      }),
      { numRuns: 2000 },
    );
  });

  test.each(['a b', 'a"b', "a'b", 'a\tb', 'a\nb', 'a@b', 'a:b', 'a=b', 'a%40b'])(
    'accepts the password "%s" unchanged',
    (password) => {
      const [node] = parseConfig({
        ...enabled,
        SWARM_BEE_API_URL: `main=http://me:${password}@bee:1633`,
      }).nodes;
      expect(node?.publicUrl).toBe('http://bee:1633');
      expect(decodeURIComponent(new URL(node?.apiUrl.reveal() ?? '').password)).toBe(
        decodeURIComponent(password),
      );
    },
  );

  test.each(['12/34', '12?34', '12#34', '12\\34', '1,2', 'a/b'])(
    'rejects the password "%s", which ends the host early, and explains how to encode it',
    (password) => {
      const [mistake, ...more] = mistakesOf({ ...enabled, SWARM_BEE_API_URL: `http://me:${password}@bee` });
      expect(mistake).toMatch(/^SWARM_BEE_API_URL: .* is written %2/);
      expect([mistake?.includes(password), more]).toEqual([false, []]);
    },
  );

  test('has a default name that does not depend on the URL', () => {
    expect(parseConfig({ SWARM_BEE_API_URL: 'https://a/x=http://b' }).nodes[0]?.name).toBe('bee');
    expect(parseConfig({ SWARM_BEE_API_URL: 'http://b:1633' }).nodes[0]?.name).toBe('bee');
  });

  test('has a password that is never printed', () => {
    const [node] = parseConfig({ SWARM_BEE_API_URL: 'http://me:secret@bee:1633' }).nodes;
    const options = { showHidden: true, depth: null, getters: true, customInspect: false };
    const shown = [
      JSON.stringify(node),
      inspect(node),
      inspect(node, options),
      String(node?.apiUrl),
      JSON.stringify(structuredClone({ ...node })),
    ].join();
    expect(shown).toContain('[secret]');
    expect(shown).not.toContain('me:secret');
  });

  test.each([
    ['http://bee:1633/?token=1', 'a node has no query and no fragment: the URL ends before "?" and "#"'],
    ['http://me:50%@bee:1633', 'a "%" in the user or password is written %25'],
  ])('rejects the unusable URL %s', (url, mistake) => {
    expect(mistakesOf({ SWARM_BEE_API_URL: url })[0]).toContain(mistake);
  });
});

describe('adoption', () => {
  const fromFile = { STAMP_POOL_ADOPT: 'file:data/pool_state.json' };

  test('accepts the state file of the Python gateway', () => {
    const text = JSON.stringify([ID, `0x${ID.toUpperCase()}`, 'cd'.repeat(32)]);
    expect(parseConfig(fromFile, withFile(text)).policy.adoption).toEqual({
      from: 'list',
      batchIds: new Set([ID, 'cd'.repeat(32)]),
    });
  });

  test.each([
    ['{', 'data/pool_state.json is not JSON'],
    ['{}', 'data/pool_state.json is not a JSON list of batch ids'],
    ['["abc"]', 'data/pool_state.json: "abc" is not a batch id of 64 hex digits'],
    ['[7]', 'data/pool_state.json: 7 is not a batch id of 64 hex digits'],
  ])('rejects the file content %s', (text, mistake) => {
    expect(mistakesOf(fromFile, withFile(text))).toEqual([
      `STAMP_POOL_ADOPT="file:data/pool_state.json": ${mistake}`,
    ]);
  });

  test('reports a missing file', () => {
    expect(mistakesOf(fromFile)).toEqual([
      'STAMP_POOL_ADOPT="file:data/pool_state.json": cannot read data/pool_state.json: there is no such file as data/pool_state.json',
    ]);
  });
});

describe('mistakes', () => {
  test('are reported all at once, in the order of the settings', () => {
    expect(
      mistakesOf({
        STAMP_POOL_ENABLED: 'yess',
        SWARM_BEE_API_URL: 'ftp://bee',
        STAMP_POOL_RESERVE: '17:x,3:4,20',
        STAMP_POOL_RESERVE_SMALL: '-1',
        STAMP_POOL_ACQUIRE_MIN_TTL_HOURS: '200',
        STAMP_POOL_TOPUP_HOURS: '0',
        STAMP_POOL_MIN_TTL_HOURS: '9999999',
        STAMP_POOL_ADOPT: 'all',
        STAMP_POOL_MAX_ORDER_BZZ: '1,5',
        STAMP_POOL_REST_CONTRACT: '2026-02',
        SWARM_BLOCK_TIME_SECONDS: '0',
        SWARM_BEE_PUBLIC_URL: 'http://me:secret@bee',
        DATABASE_URL: 'postgres://me:secret@db',
        PORT: '80000',
        LOG_LEVEL: 'loud',
      }),
    ).toEqual([
      'STAMP_POOL_ENABLED="yess": "yess" is not true or false',
      'SWARM_BEE_API_URL="ftp://bee": "ftp://bee" is not a URL that starts with http:// or https://',
      'SWARM_BEE_PUBLIC_URL: clients receive this URL: it must not contain a user or password',
      'STAMP_POOL_RESERVE_SMALL="-1": "-1" is not a count from 0 to 10000',
      'STAMP_POOL_RESERVE="17:x,3:4,20": "x" is not a count',
      'STAMP_POOL_RESERVE="17:x,3:4,20": "3" is not a depth from 17 to 255',
      'STAMP_POOL_RESERVE="17:x,3:4,20": "20" is not depth:count, such as 17:4',
      'STAMP_POOL_DEFAULT_DURATION_HOURS (168) must be more than STAMP_POOL_ACQUIRE_MIN_TTL_HOURS (200): a new stamp could not be acquired',
      'STAMP_POOL_MIN_TTL_HOURS="9999999": "9999999" is not a number of hours from 0 to 876600',
      'STAMP_POOL_TOPUP_HOURS="0": "0" is not a number of hours above 0, at most 876600',
      'STAMP_POOL_ADOPT="all": "all" is not off, any or file:<path>',
      'STAMP_POOL_MAX_ORDER_BZZ="1,5": "1,5" is not an amount of BZZ, such as 1.5',
      'SWARM_BLOCK_TIME_SECONDS="0": "0" is not a number of seconds from 0.001 to 3600',
      'STAMP_POOL_REST_CONTRACT="2026-02": "2026-02" is not one of 2026-01, 2026-04',
      'DATABASE_URL: it has no database: write postgres://<user>:<password>@<host>/<database>',
      'PORT="80000": "80000" is not a port from 0 to 65535',
      'LOG_LEVEL="loud": "loud" is not one of trace, debug, info, warn, error, fatal, silent',
    ]);
  });

  test('name the variable, for any value', () => {
    fc.assert(
      fc.property(fc.constantFrom(...SETTING_NAMES), anyText(), (name, text) => {
        expect(mistakesOf({ [name]: text }).every((mistake) => mistake.includes(name))).toBe(true);
      }),
    );
  });

  test('never contain a password or a part of one', () => {
    const names = fc.constantFrom(...SETTING_NAMES.filter((name) => name !== 'STAMP_POOL_RESERVE'));
    const schemes = fc.constantFrom(
      'http://',
      'postgres://',
      'ftp://',
      'x=http://',
      '!=http://',
      'file://',

      '',
    );
    const nasty = anyText({ maxLength: 5 });
    fc.assert(
      fc.property(names, schemes, nasty, nasty, (name, scheme, inside, after) => {
        const url = `${scheme}me:s3cr3t${inside}t4il@host/path${after}`;
        expect(mistakesOf({ [name]: url }).join('\n')).not.toMatch(/s3cr3t|t4il/);
      }),
      { numRuns: 2000 },
    );
  });

  test('are the only errors, and a reserve is parsed as written', () => {
    const reserve = fc.uniqueArray(
      fc.tuple(fc.integer({ min: 17, max: 255 }), fc.integer({ min: 0, max: 10_000 })),
      {
        selector: ([depth]) => depth,
        minLength: 1,
      },
    );
    fc.assert(
      fc.property(reserve, (entries) => {
        const text = entries.map(([depth, count]) => `${depth}:${count}`).join(',');
        const { targets } = parseConfig({ STAMP_POOL_RESERVE: text }).policy;
        expect([...targets]).toEqual(entries.filter(([, count]) => count > 0));
      }),
    );
  });
});

describe('warnings', () => {
  test('name the setting with the most similar name', () => {
    const { warnings } = parseConfig({
      STAMP_POOL_MIN_TTL_HOUR: '3',
      STAMP_POOL_RESERVE_SMAL: '3',
      STAMP_POOL_TOKEN: 'sp_1', // of the command line
      STAMP_POOL_PURPLE_ELEPHANTS: '3',
      STAMP_POOL_STATE_FILE: 'data/pool_state.json',
      PATH: '/bin',
    });
    expect(warnings).toEqual([
      'STAMP_POOL_MIN_TTL_HOUR is not a setting, and is ignored: did you mean STAMP_POOL_MIN_TTL_HOURS?',
      'STAMP_POOL_PURPLE_ELEPHANTS is not a setting, and is ignored',
      'STAMP_POOL_RESERVE_SMAL is not a setting, and is ignored: did you mean STAMP_POOL_RESERVE_SMALL?',
      'STAMP_POOL_STATE_FILE is not used: the state of the pool is in DATABASE_URL; STAMP_POOL_ADOPT=file:<path> adopts the stamps listed in that file',
    ]);
  });

  test('report a minimum time to live that is raised to the promise', () => {
    expect(parseConfig({ STAMP_POOL_MIN_TTL_HOURS: '6' }).warnings).toEqual([
      'STAMP_POOL_MIN_TTL_HOURS (6) is less than STAMP_POOL_ACQUIRE_MIN_TTL_HOURS (12): stamps are topped up below 12 hours, because a stamp with less cannot be acquired',
    ]);
    expect(parseConfig({ STAMP_POOL_ACQUIRE_MIN_TTL_HOURS: '24' }).warnings).toEqual([]);
  });

  test('report a duration at which every new stamp is topped up', () => {
    const { warnings } = parseConfig({ STAMP_POOL_DEFAULT_DURATION_HOURS: '24' });
    expect(warnings).toEqual([
      'STAMP_POOL_DEFAULT_DURATION_HOURS is not more than STAMP_POOL_MIN_TTL_HOURS: every stamp is topped up right after its purchase',
    ]);
  });
});

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parseConfig } from '../../src/config/config.ts';
import { ConfigError } from '../../src/config/config-error.ts';
import type { Environment } from '../../src/config/environment.ts';

const SEVERAL = { SWARM_BEE_API_URL: 'a=http://me:secret@a:1633, b=http://b:1633/' };

function mistakesOf(env: Environment): readonly string[] {
  try {
    parseConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes;
    throw error;
  }
  return [];
}

function fileWith(text: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'nodes-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'file');
  writeFileSync(path, text);
  chmodSync(path, 0o600);
  return path;
}

test('several nodes have names, each with its public URL, its headers and whether it is drained', () => {
  const { nodes, policy } = parseConfig({
    ...SEVERAL,
    SWARM_BEE_PUBLIC_URL: 'b=https://upload.example/b/',
    SWARM_BEE_API_HEADERS_FILE: `b=${fileWith('X-Api-Key: k')}`,
    STAMP_POOL_NODE_DRAIN: 'b',
    STAMP_POOL_NODE_AWAY_SECONDS: '60',
  });
  expect(
    nodes.map((node) => [node.name, node.apiUrl.reveal(), node.publicUrl, node.headers?.reveal() ?? null]),
  ).toEqual([
    ['a', 'http://me:secret@a:1633', 'http://a:1633', null],
    ['b', 'http://b:1633', 'https://upload.example/b', { 'x-api-key': 'k' }],
  ]);
  expect([policy.drainedNodes, policy.nodeAwaySeconds]).toEqual([new Set(['b']), 60]);
});

test('the settings of one node need not name it', () => {
  const one = { SWARM_BEE_API_URL: 'main=http://bee:1633' };
  const path = fileWith('A: b');
  const urlFor = (publicUrl: string): string | undefined =>
    parseConfig({ ...one, SWARM_BEE_PUBLIC_URL: publicUrl }).nodes[0]?.publicUrl;
  expect([urlFor('https://up.example/a,b=c'), urlFor('main=https://up.example')]).toEqual([
    'https://up.example/a,b=c',
    'https://up.example',
  ]);
  for (const file of [path, `main=${path}`])
    expect(parseConfig({ ...one, SWARM_BEE_API_HEADERS_FILE: file }).nodes[0]?.headers?.reveal()).toEqual({
      a: 'b',
    });
});

const MANY = Array.from({ length: 33 }, (_, n) => `n${n}=http://n${n}`).join(',');

test.each<[string, Environment, readonly string[]]>([
  [
    'a node without a name',
    { SWARM_BEE_API_URL: 'http://a,b=http://b' },
    ['SWARM_BEE_API_URL="http://a,b=http://b": several nodes are each name=URL'],
  ],
  [
    'a repeated name',
    { SWARM_BEE_API_URL: 'a=http://a,a=http://b' },
    ['SWARM_BEE_API_URL="a=http://a,a=http://b": two nodes have the same name'],
  ],
  [
    'a repeated URL',
    { SWARM_BEE_API_URL: 'a=http://me:secret@a,b=http://a/' },
    ['SWARM_BEE_API_URL: two nodes have the same URL'],
  ],
  [
    'each wrong node',
    { SWARM_BEE_API_URL: 'a b=http://a,c=ftp://c' },
    [
      'SWARM_BEE_API_URL="a b=http://a,c=ftp://c": node 1: "a b" is not a name of letters, digits, "-", "_" and "."',
      'SWARM_BEE_API_URL="a b=http://a,c=ftp://c": node 2: "ftp://c" is not a URL that starts with http:// or https://',
    ],
  ],
  [
    'too many nodes',
    { SWARM_BEE_API_URL: MANY },
    [`SWARM_BEE_API_URL="${MANY}": there are 33 nodes, more than 32`],
  ],
  [
    'a public URL for all',
    { ...SEVERAL, SWARM_BEE_PUBLIC_URL: 'http://x' },
    [
      'SWARM_BEE_PUBLIC_URL="http://x": there are several nodes: write name=URL for each, separated by commas',
    ],
  ],
  [
    'an unknown name',
    { ...SEVERAL, SWARM_BEE_PUBLIC_URL: 'c=http://x', STAMP_POOL_NODE_DRAIN: 'a,d' },
    [
      'SWARM_BEE_PUBLIC_URL="c=http://x": there is no node "c" in SWARM_BEE_API_URL, which has a, b',
      'STAMP_POOL_NODE_DRAIN="a,d": there is no node "d" in SWARM_BEE_API_URL, which has a, b',
    ],
  ],
  [
    'a repeated public URL',
    { ...SEVERAL, SWARM_BEE_PUBLIC_URL: 'a=http://x,a=http://y' },
    ['SWARM_BEE_PUBLIC_URL="a=http://x,a=http://y": a is named twice'],
  ],
  [
    'a file for an unknown node, and one for all',
    { ...SEVERAL, SWARM_BEE_API_HEADERS_FILE: 'c=/x', SWARM_BEE_API_CA_FILE: '/x' },
    [
      'SWARM_BEE_API_HEADERS_FILE="c=/x": there is no node "c" in SWARM_BEE_API_URL, which has a, b',
      'SWARM_BEE_API_CA_FILE="/x": there are several nodes: write name=path for each, separated by commas',
    ],
  ],
])('%s is a mistake', (_what, env, mistakes) => {
  expect(mistakesOf(env)).toEqual(mistakes);
});

test('a part of a password is never repeated, wherever it has a "," or "="', () => {
  for (const url of [
    'a=http://me:s3cr3t,t4il=x@bee,c=http://c',
    'a=http://me:p,s3cr3t=ftp://t4il@bee',
    'a=http://a,b=http://me:s3cr3t/t4il@b',
  ])
    for (const name of ['SWARM_BEE_API_URL', 'SWARM_BEE_PUBLIC_URL', 'STAMP_POOL_NODE_DRAIN'])
      expect(mistakesOf({ ...SEVERAL, [name]: url }).join()).not.toMatch(/s3cr3t|t4il/);
});

#!/usr/bin/env node
// The same as `npm run -s stamp-pool --`, from any directory. Uses the Node 24 that "npm ci" installs.
const { spawnSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const installed = path.join(root, 'node_modules/.bin/node');
const { status, signal } = spawnSync(
  existsSync(installed) ? installed : process.execPath,
  [
    '-r',
    path.join(root, 'scripts/require-node-24.cjs'),
    path.join(root, 'src/cli/main.ts'),
    ...process.argv.slice(2),
  ],
  { stdio: 'inherit' },
);
if (signal) process.kill(process.pid, signal);
process.exitCode = status ?? 1;

// Run by npm after "npm ci" and "npm install". npm 9 and 10 leave out the link node_modules/.bin/node, which makes every
// "npm run" use Node 24 (docs/decisions/0010-node-24-from-npm.md). Old versions of Node can run this file.
const { execFileSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const path = require('node:path');

const MODULES = path.join(__dirname, '..', 'node_modules');
const { optionalDependencies } = require('../package.json');

const isLinked = ['node', 'node.cmd'].some((name) => existsSync(path.join(MODULES, '.bin', name)));
const installed = Object.keys(optionalDependencies).filter(
  (name) => name.startsWith('node-') && existsSync(path.join(MODULES, name)),
);
const npm = process.env.npm_execpath;
if (!isLinked && installed.length > 0 && npm !== undefined)
  execFileSync(process.execPath, [npm, 'rebuild', '--ignore-scripts', ...installed], { stdio: 'inherit' });

// Runs one entry of this package with Node 24: the sources in a checkout, and in an installed package the bundle of the service
// or the JavaScript of the sources, because Node refuses TypeScript below node_modules. Old versions of Node can run this file.
const { spawn } = require('node:child_process');
const { existsSync } = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

const ROOT = path.join(__dirname, '..');

/** `name`: a file below src/, without its extension. */
module.exports = (name) => {
  const [source, bundle] = [
    path.join(ROOT, 'src', `${name}.ts`),
    path.join(ROOT, 'lib/service', `${name}.js`),
  ];
  const entry = [source, bundle].find((file) => existsSync(file)) ?? path.join(ROOT, 'lib', `${name}.js`);
  process.argv[1] = entry;
  if (Number(process.versions.node.split('.')[0]) >= 24) {
    void import(pathToFileURL(entry).href); // a failure ends the process with its message
    return;
  }
  const node = installedNode();
  if (node === undefined)
    require('../scripts/require-node-24.cjs'); // ends the process with a message
  else forward(spawn(node, [entry, ...process.argv.slice(2)], { stdio: 'inherit' }));
};

/** The Node 24 that npm installs with this package: below it, or beside it in the node_modules of another package. */
const installedNode = () =>
  [path.join(ROOT, 'node_modules'), path.join(ROOT, '..')]
    .flatMap((modules) => NODES.map((name) => path.join(modules, name)))
    .find((file) => existsSync(file));

/** npm 10 makes no link to the one in the package. */
const NODES = [
  '.bin/node',
  `node-${process.platform}-${process.arch}/bin/node`,
  `node-bin-${process.platform}-${process.arch}/bin/node`,
];

/** A terminal sends SIGINT to both processes; a supervisor sends SIGTERM to this one only. */
function forward(child) {
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

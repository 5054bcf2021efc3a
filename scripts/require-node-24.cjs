// Preloaded, in syntax that old versions of Node understand: on the TypeScript itself they would fail with a syntax error.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  process.stderr.write(
    `This service needs Node 24 or later; this is Node ${process.versions.node}. "npm ci" installs Node 24 into node_modules, and "npm start" uses it.\n`,
  );
  process.exit(1);
}

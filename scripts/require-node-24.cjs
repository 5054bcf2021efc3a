// Preloaded with `node -r`. Old versions of Node can run this file; on the TypeScript files they would report a syntax error.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  process.stderr.write(
    `This service needs Node 24 or later; this is Node ${process.versions.node}. "npm ci" installs Node 24 into node_modules, and "npm start" uses it.\n`,
  );
  process.exit(1);
}

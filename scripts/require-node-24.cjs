// Read before anything else, and by any Node: one that is too old would only complain of the TypeScript.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  process.stderr.write(
    `This service needs Node 24 or later, and this is ${process.version}. "npm install" brings one along: start it with "npm start".\n`,
  );
  process.exit(1);
}

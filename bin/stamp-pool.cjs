#!/usr/bin/env node
// The command line: the same as `npm run -s stamp-pool --`, from any directory.
require('./run.cjs')('cli/main');

#!/usr/bin/env node
// The service: the same as `npm start`, from any directory. It reads .env and data/ in the working directory.
require('./run.cjs')('main');

import { join } from 'node:path';

/** Before all tests: the processes that they start keep the compiled code of modules. A start takes a third less CPU time. */
export const setup = (): void => {
  process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, '../node_modules/.cache/node');
};

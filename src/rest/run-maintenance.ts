import type { Handler } from './handler.ts';

export const runMaintenance: Handler = async (_request, { operations, contract }) => {
  const result = await operations.runMaintenance({ dryRun: false });
  return result.is === 'done' ? { status: 200, body: contract.checkBody(result.run) } : contract.disabled;
};

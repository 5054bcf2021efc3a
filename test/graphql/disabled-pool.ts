import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Operations } from '../../src/pool/operations.ts';
import type { Pool } from '../../src/pool/pool.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { untraced } from '../../src/trace.ts';
import { startEngine } from '../../src/wiring/engine.ts';
import { orderId } from '../builders.ts';
import { migratedFile } from '../store/migrated-file.ts';
import { VirtualClock } from '../virtual/virtual-clock.ts';
import { aPolicy } from '../virtual/world.ts';
import { noWebhooks } from '../webhooks/no-webhooks.ts';

/** The pool while STAMP_POOL_ENABLED is false. */
export async function disabledPool(): Promise<
  AsyncDisposable & { readonly pool: Pool; readonly operations: Operations }
> {
  const directory = mkdtempSync(join(tmpdir(), 'stamp-pool-'));
  const file = join(directory, 'stamp-pool.db');
  await migratedFile(file);
  const store = await openSqliteStore({ file, newId: () => orderId(1) });
  const engine = await startEngine({
    nodes: [],
    store,
    clock: new VirtualClock(),
    policy: aPolicy(),
    publicUrl: () => 'http://bee.example',
    effectiveBytes: () => 1,
    sinks: { log: () => {}, count: () => {} },
    log: () => {},
    onAcquire: () => {},
    groupCommit: true,
    onOrder: () => {},
    random: () => 0,
    newOrderId: () => orderId(1),
    webhooks: noWebhooks(store),
    trace: untraced,
    replica: 'test',
    onLease: () => {},
  });
  return {
    pool: engine.pool,
    operations: engine.operations,
    [Symbol.asyncDispose]: async () => {
      await engine[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
      rmSync(directory, { recursive: true });
    },
  };
}

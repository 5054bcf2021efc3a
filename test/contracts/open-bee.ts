import { v7 as uuidv7 } from 'uuid';
import { createBee } from '../../src/bee/http-bee.ts';
import { openTransport } from '../../src/bee/transport.ts';
import { systemClock } from '../../src/clock.ts';
import { nodeName, parseOrderId } from '../../src/domain/units.ts';
import type { OpenBee } from './bee.ts';

/** The production adapter for `url`. `serving` is disposed of after it. */
export async function openBee(url: string, serving?: AsyncDisposable): Promise<OpenBee> {
  await using started = new AsyncDisposableStack();
  if (serving) started.use(serving);
  const { send } = started.use(openTransport(url));
  const bee = started.use(
    createBee({ node: nodeName('bee-1'), send, clock: systemClock, observeTimeoutMs: 60_000 }),
  );
  const running = started.move();
  return {
    bee,
    newOrderId: () => parseOrderId(uuidv7()),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

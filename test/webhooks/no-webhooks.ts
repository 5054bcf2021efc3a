import type { Store } from '../../src/store/store.ts';
import type { EngineParts } from '../../src/wiring/engine.ts';

/** The operator has set no receiver. */
export const noWebhooks = ({ outbox }: Pick<Store, 'outbox'>): EngineParts['webhooks'] => ({
  outbox,
  receiver: null,
  nodeUrl: () => 'http://bee.example',
  runwayThresholdDays: 7,
  onAttempt: () => {},
  onWaiting: () => {},
});

// This folder notifies the operator: it finds what changed, writes events to the outbox, and sends them to one receiver.
import type { MaintenanceRun } from '../domain/maintenance-run.ts';
import type { NodeName } from '../domain/units.ts';
import { Observer, type ObserverParts } from './observer.ts';
import { createWebhookOperations, type WebhookOperations } from './operations.ts';
import type { Receiver } from './receiver.ts';
import { Sender, type SenderParts } from './sender.ts';

/** Disposing stops observing, and aborts the requests that are open. */
export interface Webhooks extends AsyncDisposable {
  readonly operations: WebhookOperations;
  runEnded(run: MaintenanceRun): void;
  /** The process that makes the runs of a node notifies the operator of it. */
  runEndedElsewhere(node: NodeName): void;
}

/** Without a receiver nothing is observed and nothing is sent. */
export function startWebhooks(parts: WebhooksParts): Webhooks {
  const { receiver, outbox, clock } = parts;
  if (receiver === null) {
    return {
      operations: createWebhookOperations({ outbox, clock, sender: null }),
      runEnded: () => {},
      runEndedElsewhere: () => {},
      [Symbol.asyncDispose]: async () => {},
    };
  }
  const sender = new Sender({ ...parts, receiver });
  const observer = new Observer({ ...parts, onReported: () => sender.wake() });
  sender.start();
  observer.start();
  return {
    operations: createWebhookOperations({ outbox, clock, sender }),
    runEnded: (run) => observer.runEnded(run),
    runEndedElsewhere: (node) => observer.runEndedElsewhere(node),
    [Symbol.asyncDispose]: async () => {
      await observer[Symbol.asyncDispose]();
      await sender[Symbol.asyncDispose]();
    },
  };
}

export type WebhooksParts = Omit<ObserverParts, 'onReported'> &
  Omit<SenderParts, 'receiver'> & { readonly receiver: Receiver | null };

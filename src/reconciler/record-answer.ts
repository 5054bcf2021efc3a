import type { Change } from '../domain/change.ts';
import { dueChanges, reportedChanges } from './due-incidents.ts';
import type { ReconcileParts } from './reconcile-parts.ts';
import { settleAnswer, stateOnDisk } from './settle-answer.ts';
import { readStock } from './settle-node.ts';
import { logChanges } from './write-changes.ts';

/**
 * Records the answer to a request of this process while another one has the lease: that Bee has done the order, or that
 * the request did not leave. Only this process knows it, so only this process reports it. The holder settles the rest, from
 * what the node shows.
 */
export async function recordAnswer(parts: RecordParts): Promise<void> {
  const { node, store, levels, clock, inFlight, incidents, log } = parts;
  const answered = inFlight.peek(clock.monotonicMs());
  if (answered === null) return;
  const state = stateOnDisk(answered.order.id, await readStock(parts));
  const settled = settleAnswer(answered, { state, tip: null });
  const known = settled.changes.filter(isKnownHere);
  if (known.length > 0) {
    const commit = await store.write([...known, ...dueChanges(node, settled.incidents)], clock.now());
    logChanges(known, log);
    for (const incident of settled.incidents) incidents.report(incident);
    await levels.include(commit);
    const reported = reportedChanges(node, settled.incidents);
    if (reported.length > 0) await store.write(reported, clock.now());
  }
  inFlight.forget(answered.order.id); // only now: if the write fails, it is recorded later
}

type RecordParts = Pick<
  ReconcileParts,
  'store' | 'node' | 'levels' | 'clock' | 'expiryClock' | 'policy' | 'inFlight' | 'incidents' | 'log'
>;

const isKnownHere = ({ change }: Change): boolean => change === 'orderAnswered' || change === 'orderNotSent';

import type { WebhookEvent } from './webhook-event.ts';

/**
 * The state of something that the operator is notified of: a depth, a node, a purchase, a stamp. An event follows when
 * the state differs from the one that was reported last.
 */
export interface Condition extends ReportedState {
  /** What is sent if the state is new; null: nothing. */
  readonly event: WebhookEvent | null;
}

export interface ReportedState {
  readonly kind: ConditionKind;
  /** Of the kind: a depth, the name of a node, an order id or a batch id. */
  readonly subject: string;
  /** `ok`: there is nothing to report. */
  readonly state: string;
}

export const CONDITION_KINDS = [
  'reserve',
  'pool',
  'node',
  'canary',
  'budget',
  'runway',
  'purchase',
  'stamp',
] as const;
export type ConditionKind = (typeof CONDITION_KINDS)[number];

/** The states that were reported last, by `conditionKey`. What is `ok` has no entry. */
export type Reported = ReadonlyMap<string, ReportedState>;

export const OK = 'ok';

export const conditionKey = ({ kind, subject }: Pick<ReportedState, 'kind' | 'subject'>): string =>
  `${kind} ${subject}`;

/** The conditions whose state was not reported yet. */
export const unreported = (conditions: readonly Condition[], reported: Reported): readonly Condition[] =>
  conditions.filter((condition) => condition.state !== (reported.get(conditionKey(condition))?.state ?? OK));

import type { MaintenanceRun } from '../../src/domain/maintenance-run.ts';
import type { DiskOrder } from './disk.ts';
import { Violation } from './violation.ts';

const FIRST_WAIT_MS = 2000;
const MAX_WAIT_MS = 300_000;
const ROUNDING_MS = 1000;

/** Rule 8: the back-off after a refusal follows from the number of refusals in a row, and a success resets it. */
export class ExpectedBackOff {
  /** Refusals since the last success of this process. */
  #refusals = 0;
  /** When the process knew that the last one is on disk; null if it does not yet. */
  #lastRefusalMs: number | null = null;
  /** Orders whose request was answered with an error that is not settled on disk yet. */
  readonly #refused = new Set<string>();
  /** Since a refusal that the disk does not show, because its order had ended. */
  #isUnknown = false;

  /** The request of an order, which is so on disk, was answered with an error: a refusal, maybe. */
  refused({ id, state }: DiskOrder): void {
    if (state === 'sent') this.#refused.add(id);
    else this.#isUnknown = true;
  }

  /** The state of an order has changed between two checks of the disk. */
  changed({ id, state, sentAt }: DiskOrder): void {
    if (this.#refused.delete(id) && state === 'confirmed') this.#isUnknown = true;
    const isNotSent = state === 'abandoned' && sentAt === null; // as after a slow commit
    if (state !== 'rejected' && !isNotSent) return;
    this.#refusals += 1;
    this.#lastRefusalMs = null;
  }

  /** The process knows what is on disk. Only then it begins to wait. */
  known(nowMs: number): void {
    this.#lastRefusalMs ??= nowMs;
  }

  /** Bee has confirmed an order. */
  answered(): void {
    this.#refusals = 0;
    this.#isUnknown = this.#refused.size > 0;
  }

  runEnded(
    { actions }: MaintenanceRun,
    { nowMs, wallMs }: { readonly nowMs: number; readonly wallMs: number },
  ): void {
    const reason = actions.find((one) => one.do === 'hold' && one.code === 'BACKING_OFF')?.reason;
    const [until] = /\d{4}-\d\d-\d\dT[\d:.]+Z/.exec(reason ?? '') ?? [];
    if (until === undefined || this.#isUnknown) return;
    const waitMs = Date.parse(until) - wallMs + (nowMs - (this.#lastRefusalMs ?? nowMs));
    const mostMs = Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.max(0, this.#refusals - 1)) + ROUNDING_MS;
    if (waitMs > mostMs)
      throw new Violation(
        8,
        `the back-off is ${waitMs} ms after ${this.#refusals} refusals in a row, at most ${mostMs} ms are expected`,
      );
  }

  /** The next process does not know of them. */
  died(): void {
    this.#refusals = 0;
    this.#refused.clear();
    this.#isUnknown = false;
  }
}

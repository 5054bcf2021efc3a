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

  /** The state of an order has changed between two checks of the disk. */
  changed({ state, sentAt }: DiskOrder): void {
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
  }

  runEnded(
    { actions }: MaintenanceRun,
    { nowMs, wallMs }: { readonly nowMs: number; readonly wallMs: number },
  ): void {
    const reason = actions.find((one) => one.do === 'hold' && one.code === 'BACKING_OFF')?.reason;
    const [until] = /\d{4}-\d\d-\d\dT[\d:.]+Z/.exec(reason ?? '') ?? [];
    if (until === undefined) return;
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
  }
}

import type { MaintenanceRun } from '../../src/domain/maintenance-run.ts';
import type { DiskOrder } from './disk.ts';
import { Violation } from './violation.ts';

const FIRST_WAIT_MS = 2000;
const MAX_WAIT_MS = 300_000;
const ROUNDING_MS = 1000;

/** Rule 8: how long the node is left alone after a refusal follows from how many there were in a row, and starts anew after a success. */
export class ExpectedBackOff {
  /** Since the last success of this process. */
  #refusals = 0;
  #lastRefusalMs = 0;

  /** What has become of an order between two looks at the disk. */
  changed({ state }: DiskOrder, nowMs: number): void {
    if (state !== 'rejected') return;
    this.#refusals += 1;
    this.#lastRefusalMs = nowMs;
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
    const waitMs = Date.parse(until) - wallMs + (nowMs - this.#lastRefusalMs);
    const mostMs = Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.max(0, this.#refusals - 1)) + ROUNDING_MS;
    if (waitMs > mostMs)
      throw new Violation(
        8,
        `the node is left alone for ${waitMs} ms after ${this.#refusals} refusals in a row, at most ${mostMs} ms are expected`,
      );
  }

  /** The process does not remember. */
  died(): void {
    this.#refusals = 0;
  }
}

import type { MaintenanceRun } from '../../src/domain/maintenance-run.ts';
import { isFresh } from './expected-view.ts';
import { Violation } from './violation.ts';
import type { Look } from './wire-tap.ts';

/** Before the right node is trusted again, so many observations must have shown it, over so many blocks. */
const MIN_LOOKS = 3;
const MIN_BLOCKS = 8;
/** An observation gives up after 20 s: what is answered later than this may not have been heard. */
const HEARD_WITHIN_MS = 19_000;

/** Rule 5, when another node answers at the URL: from the run that saw it on nothing is given out, over any restart. */
export class Strangers {
  #lookBeganMs = 0;
  /** Asked for in the look under way. */
  readonly #asked = new Set<string>();
  /** The look under way has heard of another node. */
  #heard = false;
  /** Looks that showed the right node since a run has seen another one; null: none is distrusted. */
  #distrust: { looks: number; sinceTip: number | null } | null = null;
  readonly #askedInDistrust = new Set<number>();
  readonly #own: string;
  /** Another node has answered since the right one was last known to be trusted: stock may be withheld. */
  mayBeDistrusted = false;

  /** `own`: the address of the node that owns the stock. */
  constructor(own: string) {
    this.#own = own;
  }

  asked(path: string, nowMs: number): void {
    if (path === '/health') {
      this.#lookBeganMs = nowMs;
      this.#asked.clear();
      this.#heard = false;
    }
    this.#asked.add(path);
  }

  /** As it arrives, whoever has answered. */
  answered(path: string, body: string, nowMs: number): void {
    const address = addressIn(path, body);
    if (address === null || address === this.#own) return;
    this.mayBeDistrusted = true;
    if (this.#asked.has(path) && nowMs - this.#lookBeganMs < HEARD_WITHIN_MS) this.#heard = true;
  }

  /** A look at the right node is complete. */
  looked(look: Look): void {
    if (this.#distrust === null || !isFresh(look)) return;
    this.#distrust.looks += 1;
    this.#distrust.sinceTip ??= look.tip;
  }

  /** `tip`: the head of the chain. */
  runEnded({ node, actions }: MaintenanceRun, tip: number): void {
    const isHeld = actions.some((one) => one.do === 'hold' && one.code === 'NODE_CHANGED');
    if (isHeld && !this.mayBeDistrusted)
      throw new Violation(8, 'a run says that another node answers, and none did');
    if (this.#heard) {
      this.#distrust = { looks: 0, sinceTip: null };
      if (node.fresh || !isHeld) throw new Violation(5, 'a run does not see that another node answers');
      return;
    }
    if (!node.fresh) return;
    const { looks, sinceTip } = this.#distrust ?? { looks: MIN_LOOKS, sinceTip: null };
    if (looks < MIN_LOOKS || (sinceTip !== null && tip - sinceTip < MIN_BLOCKS))
      throw new Violation(
        5,
        `the node is trusted again after ${looks} looks and ${tip - (sinceTip ?? tip)} blocks`,
      );
    this.#distrust = null;
    this.mayBeDistrusted = false;
  }

  asking(request: number): void {
    if (this.#distrust !== null) this.#askedInDistrust.add(request);
  }

  /** This request was given a stamp that nobody had before. */
  given(request: number, batchId: string): void {
    if (this.#askedInDistrust.has(request))
      throw new Violation(5, `${batchId} was given out while another node answers in place of its own`);
  }
}

function addressIn(path: string, body: string): string | null {
  const field = { '/addresses': 'ethereum', '/wallet': 'walletAddress' }[path];
  if (field === undefined) return null;
  try {
    const answer = JSON.parse(body);
    const stated: unknown = answer[field];
    if (path === '/wallet' && ![answer.bzzBalance, answer.nativeTokenBalance].every(isAmount)) return null;
    return typeof stated === 'string' && /^0x[0-9a-f]{40}$/i.test(stated) ? stated.toLowerCase() : null;
  } catch {
    return null; // mangled
  }
}

/** Without both balances the answer is invalid, and nothing in it counts. */
const isAmount = (value: unknown): boolean => typeof value === 'string' && /^\d{1,78}$/.test(value);

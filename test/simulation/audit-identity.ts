import type { MaintenanceRun } from '../../src/domain/maintenance-run.ts';
import { isFresh } from './expected-view.ts';
import { Violation } from './violation.ts';
import type { Observation } from './wire-tap.ts';

/** Before the right node is trusted again, this many observations must have shown it, over this many blocks. */
const MIN_OBSERVATIONS = 3;
const MIN_BLOCKS = 8;
/** Of every simulated chain. */
const CHAIN_ID = 100;
/** An observation times out after 20 s: later answers may have been ignored. */
const RECEIVED_WITHIN_MS = 19_000;

/** Rule 5 when another node answers at the URL: from that run on, nothing is given out, across restarts as well. */
export class IdentityAudit {
  #observationBeganMs = 0;
  /** Paths requested in the observation in progress. */
  readonly #asked = new Set<string>();
  /** The observation in progress has received an answer of another node. */
  #sawOther = false;
  /** Observations of the right node since a run detected another one; null: no other node was detected. */
  #distrust: { observations: number; sinceTip: number | null } | null = null;
  readonly #askedInDistrust = new Set<number>();
  readonly #own: string;
  /** Another node has answered since the right one was last trusted: stock may be withheld. */
  mayBeDistrusted = false;

  /** `own`: the address of the node that owns the stock. */
  constructor(own: string) {
    this.#own = own;
  }

  asked(path: string, nowMs: number): void {
    if (path === '/health') {
      this.#observationBeganMs = nowMs;
      this.#asked.clear();
      this.#sawOther = false;
    }
    this.#asked.add(path);
  }

  /** Any answer, from either node. */
  answered(path: string, body: string, nowMs: number): void {
    if (statesOtherChain(path, body)) this.mayBeDistrusted = true;
    const address = addressIn(path, body);
    if (address === null || address === this.#own) return;
    this.mayBeDistrusted = true;
    if (this.#asked.has(path) && nowMs - this.#observationBeganMs < RECEIVED_WITHIN_MS) this.#sawOther = true;
  }

  /** An observation of the right node is complete. */
  observed(observation: Observation): void {
    if (this.#distrust === null || !isFresh(observation)) return;
    this.#distrust.observations += 1;
    this.#distrust.sinceTip ??= observation.tip;
  }

  /** `tip`: the head of the chain. */
  runEnded({ node, actions }: MaintenanceRun, tip: number): void {
    const isHeld = actions.some((one) => one.do === 'hold' && one.code === 'NODE_CHANGED');
    if (isHeld && !this.mayBeDistrusted)
      throw new Violation(8, 'a run reports that another node answers, and none did');
    if (this.#sawOther) {
      this.#distrust = { observations: 0, sinceTip: null };
      if (node.fresh || !isHeld) throw new Violation(5, 'a run does not detect that another node answers');
      return;
    }
    if (!node.fresh) return;
    const { observations, sinceTip } = this.#distrust ?? { observations: MIN_OBSERVATIONS, sinceTip: null };
    if (observations < MIN_OBSERVATIONS || (sinceTip !== null && tip - sinceTip < MIN_BLOCKS))
      throw new Violation(
        5,
        `the node is trusted again after ${observations} observations and ${tip - (sinceTip ?? tip)} blocks`,
      );
    this.#distrust = null;
    this.mayBeDistrusted = false;
  }

  clientAsks(request: number): void {
    if (this.#distrust !== null) this.#askedInDistrust.add(request);
  }

  /** This request received a stamp that no client had before. */
  acquired(request: number, batchId: string): void {
    if (this.#askedInDistrust.has(request))
      throw new Violation(5, `${batchId} was given out while another node answers in place of its own`);
  }
}

/** Allowed, and not required: which chain the service has on disk depends on what it could write. */
function statesOtherChain(path: string, body: string): boolean {
  if (path !== '/wallet') return false;
  try {
    const { chainID } = JSON.parse(body);
    return Number.isInteger(chainID) && chainID !== CHAIN_ID;
  } catch {
    return false; // malformed
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
    return null; // malformed
  }
}

/** Without both balances the answer is invalid, and its address does not count. */
const isAmount = (value: unknown): boolean => typeof value === 'string' && /^\d{1,78}$/.test(value);

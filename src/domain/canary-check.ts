/** What the last upload with the canary of a node showed. */
export interface CanaryCheck {
  /** null while it is not known: the node shows no usable canary, or none was used yet. */
  readonly ok: boolean | null;
  /** When the last upload ended; null before the first. */
  readonly checkedAt: Date | null;
  readonly message: string;
}

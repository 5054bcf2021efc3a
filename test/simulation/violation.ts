/** A rule of the service that did not hold, as found by the independent checker. */
export class Violation extends Error {
  override readonly name = 'Violation';
  /** 1 to 8, or `recovery`. */
  readonly rule: Rule;

  constructor(rule: Rule, message: string) {
    super(message);
    this.rule = rule;
  }
}

export type Rule = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 'recovery';

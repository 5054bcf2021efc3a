import { GraphQLError } from 'graphql';

/** The expected failures, by code. */
export const FAILURES = {
  POOL_EXHAUSTED: { description: 'No suitable stamp is in stock.' },
  POOL_DISABLED: { description: 'The operator has not enabled the pool.' },
  IDEMPOTENCY_CONFLICT: { description: 'The idempotency key was used before, for another request.' },
  QUOTA_EXCEEDED: { description: 'Another stamp would exceed a daily limit of the caller.' },
  RATE_LIMITED: { description: 'The caller sent too many requests in a short time.' },
  NO_HOLDER: { description: 'No replica has made the run in time.' },
  WEBHOOKS_NOT_CONFIGURED: { description: 'No webhook receiver is set.' },
  TOO_MANY_WEBHOOKS_WAITING: { description: 'Too many webhooks wait to be accepted by the receiver.' },
  WEBHOOK_NOT_FOUND: { description: 'There is no webhook with this id.' },
  INVALID_INPUT: { description: 'The input is well-typed but invalid.' },
} as const;

/** An expected failure: a typed result, not a GraphQL error. */
export interface Failure {
  readonly code: keyof typeof FAILURES;
  readonly message: string;
  readonly suggestion: string;
}

export interface InputIssue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/**
 * Well-typed but invalid input. A field whose result has InvalidInput answers with that type; any other field answers
 * with a GraphQL error that has the same code and message.
 */
export class InvalidInputError extends GraphQLError implements Failure {
  readonly code = 'INVALID_INPUT';
  readonly suggestion = 'Correct the fields named in `issues` and send the request again.';
  readonly issues: readonly InputIssue[];

  constructor(issues: readonly InputIssue[]) {
    super(issues.map(describeIssue).join('; '), { extensions: { code: 'INVALID_INPUT' } });
    this.issues = issues;
  }
}

/** ['input', 'depth'] -> "input.depth". */
export const issuePath = ({ path }: InputIssue): string => path.map(String).join('.');

const describeIssue = (issue: InputIssue): string =>
  issue.path.length === 0 ? issue.message : `${issuePath(issue)}: ${issue.message}`;

import { GraphQLError } from 'graphql';
import type { Builder } from './builder.ts';
import type { Failure, FailureRef } from './failure.ts';

interface InputIssue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/**
 * Input of the right type that no request may have. Where the result has an InvalidInput it arrives as that, anywhere
 * else as a GraphQL error of the same code and words.
 */
export class InvalidInputError extends GraphQLError implements Failure {
  readonly code = 'INVALID_INPUT';
  readonly wayOut = 'Correct what the issues name, and ask again.';
  readonly issues: readonly InputIssue[];

  constructor(issues: readonly InputIssue[]) {
    super(issues.map(describeIssue).join('; '), { extensions: { code: 'INVALID_INPUT' } });
    this.issues = issues;
  }
}

const pathOf = ({ path }: InputIssue): string => path.map(String).join('.');
const describeIssue = (issue: InputIssue): string =>
  issue.path.length === 0 ? issue.message : `${pathOf(issue)}: ${issue.message}`;

export function addInvalidInput(builder: Builder, failure: FailureRef) {
  const Issue = builder.objectRef<InputIssue>('InputIssue').implement({
    fields: (t) => ({
      path: t.string({ description: 'The field: "input.depth".', resolve: pathOf }),
      message: t.exposeString('message'),
    }),
  });
  return builder.objectType(InvalidInputError, {
    name: 'InvalidInput',
    description: 'The input is of the right types, and still none that can be asked for.',
    interfaces: [failure],
    fields: (t) => ({
      issues: t.expose('issues', { type: [Issue], description: 'All that is wrong, not the first only.' }),
    }),
  });
}

import type { AccessError } from '../domain/access-error.ts';

/** The extensions of an error that is due to the caller. */
export const accessExtensions = ({ code, requiredScopes }: AccessError) => ({
  code,
  ...(requiredScopes && { requiredScopes }),
});

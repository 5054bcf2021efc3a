import type { FirstQuery } from '../generated/operations.ts';

/** What the service has put into the page. */
export interface First {
  /** `token`: the user signs in first. */
  readonly access: 'open' | 'token';
  readonly data: FirstQuery | null;
  readonly graphiql: boolean;
}

export function readFirst(): First {
  const text = document.getElementById('first')?.textContent;
  if (!text) throw new Error('the page has no #first');
  const first: First = JSON.parse(text);
  return first;
}

export type Complete<Parts> = { readonly [Name in keyof Parts]: Exclude<Parts[Name], undefined> };

/** undefined if a part is: it has a mistake, which the reader has collected. */
export const complete = <Parts extends object>(parts: Parts): Readonly<Complete<Parts>> | undefined =>
  isComplete(parts) ? Object.freeze(parts) : undefined;

function isComplete<Parts extends object>(parts: Parts): parts is Parts & Complete<Parts> {
  return Object.values(parts).every((part) => part !== undefined);
}

/** The gateway's routes have no pages. This many stamps make a response of 700 kB. */
export const MAX_LISTED_STAMPS = 2_000;

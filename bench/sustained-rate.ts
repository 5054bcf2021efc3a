/** The highest rate of a service that sustains any lower one, by bisection: within a 64th of `atMost`. 0 if it sustains none. */
export async function sustainedRate(
  atMost: number,
  sustains: (perSecond: number) => Promise<boolean>,
): Promise<number> {
  let sustained = 0;
  for (let step = atMost / 2; step >= atMost / STEPS; step /= 2)
    if (await sustains(Math.round(sustained + step))) sustained += step;
  return Math.round(sustained);
}

const STEPS = 64;

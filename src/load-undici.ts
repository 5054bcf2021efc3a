/** Loading it takes 75 ms, which the start of the process need not wait for. */
export async function loadUndici() {
  const { default: undici } = await import('undici'); // in the bundle, `default` is its only export
  return undici;
}

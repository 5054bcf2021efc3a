import { StoreFailedError } from '../store.ts';

/**
 * The result of work on the database, if it is there within the time. The work goes on: its outcome is not known then.
 * @throws StoreFailedError
 */
export async function within<Result>(timeoutMs: number, work: Promise<Result>): Promise<Result> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new StoreFailedError(`the database has not answered for ${timeoutMs} ms`)),
    timeoutMs,
  );
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

/** Milliseconds of CPU time that this thread has used. Unlike elapsed time it does not grow while the machine is busy. */
export function cpuTimeMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

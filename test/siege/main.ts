/** The service under each attack that it must survive: npm run siege [-- <part of a name>]. docs/security.md has the list. */
import { ATTACKS } from './attacks.ts';
import { siege } from './siege.ts';

const [, , wanted = ''] = process.argv;
const names = Object.keys(ATTACKS).filter((name) => name.includes(wanted));
let failed = 0;
for (const name of names) {
  const { line, faults } = await siege(name);
  process.stdout.write(`${faults.length === 0 ? 'held  ' : 'FAILED'} ${line}\n`);
  if (faults.length > 0) failed += 1;
}
process.stdout.write(`${names.length - failed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;

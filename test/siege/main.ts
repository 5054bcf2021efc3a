/** The service under each attack that it must survive: npm run siege [-- <part of a name>]. docs/security.md has the list. */
import { Command, InvalidArgumentError } from 'commander';
import { ATTACKS } from './attacks.ts';
import { siege } from './siege.ts';

const ALL = Object.keys(ATTACKS);

function namesWith(part: string): readonly string[] {
  const names = ALL.filter((name) => name.includes(part));
  if (names.length === 0) throw new InvalidArgumentError('No attack has it in its name.');
  return names;
}

async function runAttacks(names: readonly string[]): Promise<void> {
  let failed = 0;
  for (const name of names) {
    const { line, faults } = await siege(name);
    process.stdout.write(`${faults.length === 0 ? 'held  ' : 'FAILED'} ${line}\n`);
    if (faults.length > 0) failed += 1;
  }
  process.stdout.write(`${names.length - failed} passed, ${failed} failed\n`);
  process.exitCode = failed === 0 ? 0 : 1;
}

await new Command('siege')
  .description('Runs each attack against the service with a small heap, and checks that it survives.')
  .argument('[part]', `only the attacks with this in their names: ${ALL.join(', ')}`, namesWith)
  .action(async (names: readonly string[] = ALL) => await runAttacks(names))
  .parseAsync();

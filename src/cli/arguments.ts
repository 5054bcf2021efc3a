// This folder starts and stops processes, reports why one ends, and holds the commands of the operator, one per file.
import { Command } from 'commander';
import { packageVersion } from '../package-version.ts';

/** Handles --help, which ends with `details`, and --version, and refuses all other arguments. `addOptions` adds more options. */
export function readArguments(
  name: string,
  { description, details }: { readonly description: string; readonly details: string },
  addOptions: (program: Command) => Command = (program) => program,
): Readonly<Record<string, unknown>> {
  return addOptions(new Command(name))
    .description(description)
    .version(packageVersion())
    .addHelpText('after', `\n${details}`)
    .allowExcessArguments(false)
    .parse()
    .opts();
}

// This folder starts and stops processes, reports why one ends, and holds the commands of the operator, one per file.
import { Command } from 'commander';
import { settingsText } from '../config/settings-table.ts';
import { packageVersion } from '../package-version.ts';

/**
 * Handles --help and --version, and refuses all other arguments: the settings come from the environment. `addOptions` adds
 * more options.
 */
export function readArguments(
  name: string,
  description: string,
  addOptions: (program: Command) => Command = (program) => program,
): Readonly<Record<string, unknown>> {
  return addOptions(new Command(name))
    .description(description)
    .version(packageVersion())
    .addHelpText('after', `\n${settingsText()}`)
    .allowExcessArguments(false)
    .parse()
    .opts();
}

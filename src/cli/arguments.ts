// This folder starts and stops processes, reports why one ends, and holds the commands of the operator, one per file.
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { settingsText } from '../config/settings-table.ts';

/** Handles --help and --version, and refuses all other arguments: the settings come from the environment. */
export function readArguments(name: string, description: string): void {
  new Command(name)
    .description(description)
    .version(packageVersion())
    .addHelpText('after', `\n${settingsText()}`)
    .allowExcessArguments(false)
    .parse();
}

export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return String(version);
}

import { SETTINGS, type Setting } from './settings.ts';

const settings: readonly Setting<unknown>[] = Object.values(SETTINGS);

/** The settings as a Markdown table, for the README. */
export const settingsMarkdown = (): string =>
  [
    '| variable | default | meaning |',
    '| --- | --- | --- |',
    ...settings.map(
      ({ name, default: value, meaning }) => `| \`${name}\` | ${value ?? 'unset'} | ${meaning} |`,
    ),
  ].join('\n');

/** The settings as plain text, for `--help`. */
export function settingsText(): string {
  const width = Math.max(...settings.map(({ name }) => name.length));
  const rows = settings.map(
    ({ name, default: value, meaning }) =>
      `  ${name.padEnd(width)}  ${meaning}${value === null ? '' : ` Default: ${value}.`}`,
  );
  return ['Settings, from the environment or a file .env in the working directory:', '', ...rows].join('\n');
}

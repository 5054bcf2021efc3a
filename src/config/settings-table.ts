import { SETTINGS, type Setting } from './settings.ts';

const settings: readonly (readonly [string, Setting])[] = Object.entries(SETTINGS);

/** For the README. */
export const settingsMarkdown = (): string =>
  [
    '| variable | default | meaning |',
    '| --- | --- | --- |',
    ...settings.map(
      ([name, { default: value, meaning }]) => `| \`${name}\` | ${value ?? 'unset'} | ${meaning} |`,
    ),
  ].join('\n');

/** For `--help`: three columns of plain text. */
export function settingsText(): string {
  const width = Math.max(...settings.map(([name]) => name.length));
  const rows = settings.map(
    ([name, { default: value, meaning }]) =>
      `  ${name.padEnd(width)}  ${meaning}${value === null ? '' : ` Default: ${value}.`}`,
  );
  return ['Settings, from the environment or a file .env:', '', ...rows].join('\n');
}

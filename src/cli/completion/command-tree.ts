import type { Command, Option } from 'commander';

/** One command with what can follow it. */
export interface TreeNode {
  /** The names from the program on, such as "token create"; empty for the program. */
  readonly trail: string;
  readonly commands: readonly Named[];
  readonly options: readonly TreeOption[];
  /** The values of its first argument. */
  readonly values: readonly string[];
}

interface Named {
  readonly name: string;
  readonly description: string;
}

/** `name` is the long form, without dashes. */
interface TreeOption extends Named {
  readonly short: string | null;
  readonly takesValue: boolean;
  readonly choices: readonly string[];
}

/** The program and every command below it. */
export const nodesOf = (command: Command, trail: string = ''): readonly TreeNode[] => [
  nodeOf(command, trail),
  ...command.commands.flatMap((one) => nodesOf(one, `${trail} ${one.name()}`.trim())),
];

function nodeOf(command: Command, trail: string): TreeNode {
  const help = command.createHelp();
  return {
    trail,
    commands: help
      .visibleCommands(command)
      .map((one) => ({ name: one.name(), description: firstSentence(one.description()) })),
    options: help.visibleOptions(command).flatMap(optionOf),
    values: command.registeredArguments[0]?.argChoices ?? [],
  };
}

function optionOf({
  long,
  short,
  description,
  required,
  optional,
  argChoices,
}: Option): readonly TreeOption[] {
  if (!long) return [];
  return [
    {
      name: long.replace(/^--/, ''),
      short: short?.replace(/^-/, '') ?? null,
      description: firstSentence(description),
      takesValue: required || optional,
      choices: argChoices ?? [],
    },
  ];
}

const firstSentence = (text: string): string =>
  (/^.*?[.;](?=\s|$)/.exec(text)?.[0] ?? text).replace(/[.;]$/, '');

/** From each trail, which word leads to which other trail: "$trail $word" is `from`. */
export const stepsOf = (
  nodes: readonly TreeNode[],
): readonly { readonly from: string; readonly to: string }[] =>
  nodes
    .filter(({ trail }) => trail !== '')
    .map(({ trail }) => ({ from: trail.includes(' ') ? trail : ` ${trail}`, to: trail }));

export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

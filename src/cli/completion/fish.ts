import { stepsOf, type TreeNode } from './command-tree.ts';

/** For fish. */
export const fishScript = (nodes: readonly TreeNode[]): string => `# fish completion for stamp-pool
function __stamp_pool_trail
    set -l trail ''
    for word in (commandline -opc)[2..]
        switch "$trail $word"
${stepsOf(nodes)
  .map(({ from, to }) => `            case ${quoted(from)}\n                set trail ${quoted(to)}`)
  .join('\n')}
        end
    end
    echo "$trail"
end
complete -c stamp-pool -f
${nodes.flatMap(linesOf).join('\n')}
`;

function linesOf({ trail, commands, options, values }: TreeNode): readonly string[] {
  const start = `complete -c stamp-pool -n ${quoted(`test (__stamp_pool_trail) = ${quoted(trail)}`)}`;
  return [
    ...commands.map(({ name, description }) => `${start} -a ${quoted(name)} -d ${quoted(description)}`),
    ...values.map((value) => `${start} -a ${quoted(value)}`),
    ...options.map(({ name, short, description, takesValue, choices }) =>
      [
        start,
        `-l ${name}`,
        ...(short === null ? [] : [`-s ${short}`]),
        ...(takesValue ? ['-x'] : []),
        ...(choices.length === 0 ? [] : [`-a ${quoted(choices.join(' '))}`]),
        `-d ${quoted(description)}`,
      ].join(' '),
    ),
  ];
}

/** fish has escapes of its own within single quotes. */
const quoted = (text: string): string => `'${text.replaceAll(/[\\']/g, '\\$&')}'`;

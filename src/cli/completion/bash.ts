import { quoted, stepsOf, type TreeNode } from './command-tree.ts';

/** For bash, without the package bash-completion. */
export const bashScript = (nodes: readonly TreeNode[]): string => `# bash completion for stamp-pool
_stamp_pool() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" trail='' words='' at
  for ((at = 1; at < COMP_CWORD; at++)); do
    case "$trail \${COMP_WORDS[at]}" in
${stepsOf(nodes)
  .map(({ from, to }) => `      ${quoted(from)}) trail=${quoted(to)} ;;`)
  .join('\n')}
    esac
  done
  # readline makes "=" of --size=small a word of its own
  if [[ "$current" == '=' ]]; then current=''
  elif [[ "$previous" == '=' ]]; then previous="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  case "$trail:$previous" in
${nodes.flatMap(valuesOf).join('\n')}
    *)
      case "$trail" in
${nodes.map(({ trail, ...node }) => `        ${quoted(trail)}) words=${quoted(wordsOf(node))} ;;`).join('\n')}
      esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _stamp_pool stamp-pool
`;

const valuesOf = ({ trail, options }: TreeNode): readonly string[] =>
  options
    .filter(({ takesValue }) => takesValue)
    .map(({ name, choices }) => `    ${quoted(`${trail}:--${name}`)}) words=${quoted(choices.join(' '))} ;;`);

const wordsOf = ({ commands, options, values }: Omit<TreeNode, 'trail'>): string =>
  [...commands.map(({ name }) => name), ...values, ...options.map(({ name }) => `--${name}`)].join(' ');

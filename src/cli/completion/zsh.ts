import { quoted, stepsOf, type TreeNode } from './command-tree.ts';

/** For zsh: sourced after compinit, or as a file _stamp-pool in $fpath. */
export const zshScript = (nodes: readonly TreeNode[]): string => `#compdef stamp-pool
_stamp_pool() {
  local trail='' word previous="\${words[CURRENT-1]}"
  local -a candidates
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$trail $word" in
${stepsOf(nodes)
  .map(({ from, to }) => `      ${quoted(from)}) trail=${quoted(to)} ;;`)
  .join('\n')}
    esac
  done
  if [[ "\${words[CURRENT]}" == --*=* ]]; then
    previous="\${words[CURRENT]%%=*}"
    compset -P '*='
  fi
  case "$trail:$previous" in
${nodes.flatMap(valuesOf).join('\n')}
  esac
  case "$trail" in
${nodes.map(({ trail, ...node }) => `    ${quoted(trail)}) candidates=(${candidatesOf(node)}) ;;`).join('\n')}
  esac
  _describe -o stamp-pool candidates
}
if [[ "\${funcstack[1]}" == _stamp_pool ]]; then _stamp_pool "$@"; else compdef _stamp_pool stamp-pool; fi
`;

const valuesOf = ({ trail, options }: TreeNode): readonly string[] =>
  options
    .filter(({ takesValue }) => takesValue)
    .map(({ name, choices }) => {
      const add = choices.length === 0 ? '' : `compadd -- ${choices.map(quoted).join(' ')}; `;
      return `    ${quoted(`${trail}:--${name}`)}) ${add}return ;;`;
    });

const candidatesOf = ({ commands, options, values }: Omit<TreeNode, 'trail'>): string =>
  [
    ...commands.map(({ name, description }) => candidate(name, description)),
    ...values.map((value) => candidate(value, '')),
    ...options.map(({ name, description }) => candidate(`--${name}`, description)),
  ].join(' ');

const candidate = (name: string, description: string): string =>
  quoted(`${name.replaceAll(':', '\\:')}:${description}`);

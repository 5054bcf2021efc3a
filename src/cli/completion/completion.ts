// This folder makes the completion scripts of the shells from the tree of commands.
import { Argument, type Command } from 'commander';
import { type CommandRun, examples } from '../command.ts';
import { bashScript } from './bash.ts';
import { nodesOf, type TreeNode } from './command-tree.ts';
import { fishScript } from './fish.ts';
import { zshScript } from './zsh.ts';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const satisfies Record<
  string,
  (nodes: readonly TreeNode[]) => string
>;

/** `completion`: a script for a shell. It has all names in it, so that a Tab starts no process. */
export function completion(program: Command, context: CommandRun): void {
  program
    .command('completion')
    .description('Print a script that completes the commands and options in a shell.')
    .addArgument(new Argument('<shell>', 'The shell.').choices(Object.keys(SCRIPTS)))
    .addHelpText(
      'after',
      examples(
        'source <(stamp-pool completion bash)    # in ~/.bashrc',
        'source <(stamp-pool completion zsh)     # in ~/.zshrc, after compinit',
        'stamp-pool completion fish > ~/.config/fish/completions/stamp-pool.fish',
      ),
    )
    .action((shell: keyof typeof SCRIPTS) => context.out(SCRIPTS[shell](nodesOf(program)).trimEnd()));
}

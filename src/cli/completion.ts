import { Argument, Command } from 'commander'

/** `gatehouse completion SHELL`: a script that completes commands and flags. */
export function completionCommand(program: Command): Command {
  return new Command('completion')
    .description('print a script that completes commands and flags: source <(gatehouse completion bash)')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .action((shell: 'bash' | 'zsh' | 'fish') => console.log(scripts[shell](wordsOf(program, []))))
}

/** What may follow a command: the names of its subcommands, and its long flags. */
interface Following {
  /** The words so far, as `cluster attach`; empty for the command itself. */
  readonly path: string
  readonly words: readonly { readonly word: string; readonly description: string }[]
}

function wordsOf(command: Command, path: readonly string[]): Following[] {
  const words = [
    ...command.commands.map(each => ({ word: each.name(), description: each.description() })),
    ...[...command.options, ...command.createHelp().visibleOptions(command)].flatMap(({ long, description }) =>
      long ? [{ word: long, description }] : [],
    ),
  ]
  const unique = words.filter(({ word }, index) => words.findIndex(other => other.word === word) === index)
  return [{ path: path.join(' '), words: unique }, ...command.commands.flatMap(each => wordsOf(each, [...path, each.name()]))]
}

const single = (text: string) => `'${text.replaceAll("'", "'\\''")}'`

/** Bash, and zsh by its emulation of bash's completion: there `path` is PATH itself, and slices of lists are read otherwise. */
const bash = (following: readonly Following[]) => `_gatehouse() {
  local at="" index=1 word
  while [ "$index" -lt "$COMP_CWORD" ]; do
    word="\${COMP_WORDS[index]}"; index=$((index + 1))
    case "$word" in -*) ;; *) at="\${at:+$at }$word" ;; esac
  done
  local words=""
  while :; do
    case "$at" in
${following.map(({ path, words }) => `      ${single(path)}) words=${single(words.map(({ word }) => word).join(' '))}; break ;;`).join('\n')}
    esac
    [ -n "$at" ] || break
    case "$at" in *" "*) at="\${at% *}" ;; *) at="" ;; esac
  done
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
  [ \${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o filenames -F _gatehouse gatehouse`

const fish = (following: readonly Following[]) =>
  // A command comes first, never a file.
  `complete -c gatehouse -n __fish_use_subcommand -f\n${following
    .flatMap(({ path, words }) =>
      words.map(({ word, description }) => {
        const condition =
          path === ''
            ? '__fish_use_subcommand'
            : path
                .split(' ')
                .map(part => `__fish_seen_subcommand_from ${part}`)
                .join('; and ')
        const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-a ${word}`
        return `complete -c gatehouse -n ${single(condition)} ${what} -d ${single(description.split('\n')[0] ?? '')}`
      }),
    )
    .join('\n')}`

const scripts = { bash, zsh: (following: readonly Following[]) => `autoload -U +X bashcompinit && bashcompinit\n${bash(following)}`, fish }

/**
 * Completion of the command line for bash, zsh and fish, made from the verbs and options themselves.
 *
 * Invariant: a script asks nothing of gonogo when a key is pressed, so completing is quick and changes nothing.
 */

/** A verb with its long options. `files`: its arguments are files. */
export interface CompletedVerb {
  readonly name: string;
  readonly about: string;
  readonly options: readonly { readonly flag: string; readonly about: string }[];
}

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** The script for `shell`, to be sourced by it. */
export function completionScript(shell: Shell, verbs: readonly CompletedVerb[]): string {
  switch (shell) {
    case 'bash':
      return bash(verbs);
    case 'zsh':
      return zsh(verbs);
    case 'fish':
      return fish(verbs);
  }
}

function bash(verbs: readonly CompletedVerb[]): string {
  const cases = verbs.map(
    ({ name, options }) => `    ${name}) words="${options.map(({ flag }) => flag).join(' ')}" ;;`,
  );
  return `# bash completion for gonogo: eval "$(gonogo completion bash)"
_gonogo() {
  local word=\${COMP_WORDS[COMP_CWORD]} verb='' words='' index
  COMPREPLY=()
  for ((index = 1; index < COMP_CWORD; index++)); do
    case \${COMP_WORDS[index]} in -*) ;; *) verb=\${COMP_WORDS[index]}; break ;; esac
  done
  case $verb in
    '') words="${verbs.map(({ name }) => name).join(' ')} --help --version --state" ;;
${cases.join('\n')}
  esac
  if [[ $word == -* || -z $verb ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
  else
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
  fi
}
complete -o filenames -F _gonogo gonogo
`;
}

function zsh(verbs: readonly CompletedVerb[]): string {
  const quoted = (text: string): string =>
    text.replaceAll("'", "'\\''").replaceAll(':', '\\:').replaceAll('[', '(').replaceAll(']', ')');
  const names = verbs.map(({ name, about }) => `    '${name}:${quoted(about)}'`);
  const cases = verbs.map(
    ({ name, options }) =>
      `    ${name}) _arguments ${options.map(({ flag, about }) => `'${flag}[${quoted(about)}]'`).join(' ')} '*:file:_files' ;;`,
  );
  return `#compdef gonogo
# zsh completion for gonogo: source <(gonogo completion zsh)
_gonogo() {
  local -a verbs
  verbs=(
${names.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe 'command' verbs
    return
  fi
  case $words[2] in
${cases.join('\n')}
    *) _files ;;
  esac
}
compdef _gonogo gonogo
`;
}

function fish(verbs: readonly CompletedVerb[]): string {
  const quoted = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
  const lines = verbs.flatMap(({ name, about, options }) => [
    `complete -c gonogo -n __fish_use_subcommand -a ${name} -d '${quoted(about)}'`,
    ...options.map(
      ({ flag, about: what }) =>
        `complete -c gonogo -n '__fish_seen_subcommand_from ${name}' -l ${flag.replace(/^--/, '')} -d '${quoted(what)}'`,
    ),
  ]);
  return `# fish completion for gonogo: gonogo completion fish | source\n${lines.join('\n')}\n`;
}

/** Every command with its options, as a page of Markdown. */
export function commandsPage(verbs: readonly CompletedVerb[]): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '\\<');
  const parts = verbs.map(({ name, about, options }) => {
    const rows = options.map(({ flag, about: what }) => `| \`${flag}\` | ${cell(what)} |`);
    const table = rows.length === 0 ? '' : `\n\n| option | |\n|---|---|\n${rows.join('\n')}`;
    return `## \`gonogo ${name}\`\n\n${cell(about)}${table}`;
  });
  return `# Commands\n\nWhat \`gonogo COMMAND --help\` says, on one page.\n\n${parts.join('\n\n')}\n`;
}

/** The manual page, in the language of man. */
export function manualPage(version: string, verbs: readonly CompletedVerb[]): string {
  const text = (line: string): string =>
    line
      .replaceAll('\\', '\\e')
      .replaceAll('-', '\\-')
      .replaceAll(/^(['.])/gm, '\\&$1');
  const verbText = ({ name, about, options }: CompletedVerb): string =>
    [
      `.TP`,
      `.B ${text(name)}`,
      text(about),
      ...options.flatMap(({ flag, about: what }) => ['.RS', '.TP', `.B ${text(flag)}`, text(what), '.RE']),
    ].join('\n');
  return `.TH GONOGO 1 "" "gonogo ${version}" "User Commands"
.SH NAME
gonogo \\- runbooks that prove what happened
.SH SYNOPSIS
.B gonogo
[options] [command]
.SH DESCRIPTION
gonogo walks an operator through a runbook in the terminal, executes or records every step, survives any interruption, and exports a
signed report of what happened. Without a command it shows the runs and runbooks of the folder.
.SH COMMANDS
${verbs.map(verbText).join('\n')}
.SH EXIT STATUS
.TP
.B 0
done, or go
.TP
.B 1
failed, cleanly rolled back, no\\-go, not verified
.TP
.B 2
bad input or usage; nothing was changed
.TP
.B 3
waits for a person; gonogo resume goes on
.TP
.B 4
held by another process or run
.TP
.B 5
waits or failed once a rollback had begun
.TP
.B 130
interrupted, state saved
.SH FILES
.TP
.B ./state
runs, unless \\-\\-state or GONOGO_STATE names another folder
`;
}

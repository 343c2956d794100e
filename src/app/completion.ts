/**
 * Completion of the command line for bash, zsh and fish, made from the verbs and options themselves.
 *
 * Invariants:
 * - A script asks nothing of gonogo when a key is pressed, so completing is quick and changes nothing.
 * - No name that it finds in a folder is ever read as a word of the shell.
 */

/** What may stand in a place: words of ours, a run of the state folder, or a file. */
export type Completed =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'run' }
  | { readonly kind: 'file' };

/** A verb with its long options and the words behind it. */
export interface CompletedVerb {
  readonly name: string;
  readonly about: string;
  /** As help writes them: `<run>`, `[step]`, `<files...>`. */
  readonly words: readonly { readonly shown: string; readonly value: Completed }[];
  /** `value`: what stands behind the option; null: nothing. */
  readonly options: readonly { readonly flag: string; readonly about: string; readonly value: Completed | null }[];
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

/** Lets through what a run can be called. Shells expand the words that they complete from: a folder may be called `$(…)`. */
const onlyRuns = "LC_ALL=C command grep -E '^[0-9A-Za-z][0-9A-Za-z-]*$'";
/** The command that prints the runs, the newest last, and the word for the newest. */
const listRuns = `command ls "\${GONOGO_STATE:-state}/runs" 2>/dev/null | ${onlyRuns}; echo latest`;

function bash(verbs: readonly CompletedVerb[]): string {
  const candidates = (value: Completed): string =>
    value.kind === 'file'
      ? 'compgen -f -- "$word"'
      : value.kind === 'run'
        ? `compgen -W "$(${listRuns})" -- "$word"`
        : `compgen -W '${value.words.join(' ')}' -- "$word"`;
  const cases = verbs.map(
    ({ name, options }) => `    ${name}) words="${options.map(({ flag }) => flag).join(' ')}" ;;`,
  );
  const values = verbs.flatMap(({ name, words, options }) => [
    ...options.flatMap(({ flag, value }) =>
      value === null ? [] : [`    '${name} ${flag}') mapfile -t COMPREPLY < <(${candidates(value)}); return ;;`],
    ),
    ...words
      .slice(0, 1)
      .map(({ value }) => `    '${name} ${name}') mapfile -t COMPREPLY < <(${candidates(value)}); return ;;`),
  ]);
  return `# bash completion for gonogo: eval "$(gonogo completion bash)"
_gonogo() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} verb='' words='' index
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
    return
  fi
  case "$verb $before" in
${values.join('\n')}
  esac
  mapfile -t COMPREPLY < <(compgen -f -- "$word")
}
complete -o filenames -F _gonogo gonogo
`;
}

function zsh(verbs: readonly CompletedVerb[]): string {
  const quoted = (text: string): string =>
    text.replaceAll("'", "'\\''").replaceAll(':', '\\:').replaceAll('[', '(').replaceAll(']', ')');
  const action = (value: Completed): string =>
    value.kind === 'words' ? `(${value.words.join(' ')})` : value.kind === 'run' ? '_gonogo_runs' : '_files';
  const names = verbs.map(({ name, about }) => `    '${name}:${quoted(about)}'`);
  const option = ({ flag, about, value }: CompletedVerb['options'][number]): string =>
    `'${flag}[${quoted(about)}]${value === null ? '' : `:value:${action(value)}`}'`;
  const cases = verbs.map(({ name, words, options }) => {
    const [first] = words;
    const own =
      first === undefined || first.value.kind === 'file' ? [] : [`'2:${first.value.kind}:${action(first.value)}'`];
    return `    ${name}) _arguments ${[...options.map(option), ...own, "'*:file:_files'"].join(' ')} ;;`;
  });
  return `#compdef gonogo
# zsh completion for gonogo: source <(gonogo completion zsh)
_gonogo_runs() {
  compadd -- $(${listRuns})
}
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
  const candidates = (value: Completed): string =>
    value.kind === 'words'
      ? ` -xa '${value.words.join(' ')}'`
      : value.kind === 'run'
        ? " -xa '(__gonogo_runs)'"
        : ' -r';
  const lines = verbs.flatMap(({ name, about, words, options }) => {
    const seen = `complete -c gonogo -n '__fish_seen_subcommand_from ${name}'`;
    const [first] = words;
    return [
      `complete -c gonogo -n __fish_use_subcommand -a ${name} -d '${quoted(about)}'`,
      ...options.map(
        ({ flag, about: what, value }) =>
          `${seen} -l ${flag.replace(/^--/, '')} -d '${quoted(what)}'${value === null ? '' : candidates(value)}`,
      ),
      ...(first === undefined || first.value.kind === 'file' ? [] : [`${seen}${candidates(first.value)}`]),
    ];
  });
  return `# fish completion for gonogo: gonogo completion fish | source
function __gonogo_runs
  set -l folder state
  set -q GONOGO_STATE; and set folder $GONOGO_STATE
  command ls $folder/runs 2>/dev/null | ${onlyRuns}
  echo latest
end
${lines.join('\n')}
`;
}

/** Every command with its options, as a page of Markdown. */
export function commandsPage(verbs: readonly CompletedVerb[]): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '\\<');
  const parts = verbs.map(({ name, about, words, options }) => {
    const rows = options.map(({ flag, about: what }) => `| \`${flag}\` | ${cell(what)} |`);
    const table = rows.length === 0 ? '' : `\n\n| option | |\n|---|---|\n${rows.join('\n')}`;
    const usage = ['gonogo', name, ...words.map(({ shown }) => shown)].join(' ');
    return `## \`${usage}\`\n\n${cell(about)}${table}`;
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
  const verbText = ({ name, about, words, options }: CompletedVerb): string =>
    [
      `.TP`,
      `.B ${text([name, ...words.map(({ shown }) => shown)].join(' '))}`,
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
.B 70
a fault of gonogo itself; state saved, gonogo resume goes on
.TP
.B 130
interrupted, state saved
.SH FILES
.TP
.B ./state
runs, unless \\-\\-state or GONOGO_STATE names another folder
`;
}

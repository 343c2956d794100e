/**
 * The shell of a recorded session: bash, since steps run in it, as its user has set it up, with marks in what it prints.
 *
 * Invariant: a mark is an operating system command of its own number (ECMA-48), which terminals pass over in silence; what it
 * carries is base64, so nothing that a command is called or prints can end it.
 */

/** The start-up file of the shell. `nonce`: letters and digits, the word of this recording alone. */
export function startUp(nonce: string): string {
  return `[ ! -f ~/.bashrc ] || . ~/.bashrc
# Each command is to be found in the history as it was typed, and none of them is to be written into the user's own.
HISTCONTROL= HISTIGNORE= HISTTIMEFORMAT= HISTFILE=
shopt -s cmdhist lithist
set -o history
_gonogo_base64() { command base64 | command tr -d '\\n'; }
_gonogo_prompt() {
  local status=$?
  printf '\\033]7711;${nonce};end;%s;%s;%s\\007' "$status" "$(printf %s "$PWD" | _gonogo_base64)" "$(builtin history 1 | _gonogo_base64)"
  return "$status"
}
keep() {
  printf '\\033]7711;${nonce};keep;%s\\007' "$(printf %s "$*" | _gonogo_base64)"
  echo 'gonogo: the command before is a step now' >&2
}
PS0=$PS0$'\\033]7711;${nonce};begin\\007'
PROMPT_COMMAND=(_gonogo_prompt "\${PROMPT_COMMAND[@]}")
PS1="(rec) $PS1"
`;
}

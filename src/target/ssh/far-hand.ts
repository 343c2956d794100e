/**
 * The texts that begin a command on a terminal of another machine; see `far-terminal.ts`.
 *
 * Invariants:
 * - What begins it is made ready over a session of ours first, and goes through a FIFO that the terminal's side reads once: neither the words
 *   of `ssh` nor the disk there hold an environment, and a terminal that never comes begins nothing.
 * - A command that is given a secret is not recorded, and neither is one where `script` of util-linux is missing; see `terminal-record.ts`.
 */
import { supervisorText } from '../local/supervisor.ts';
import { recordedWaiting } from '../local/terminal-record.ts';
import { quoted, toolPath } from './far-tools.ts';

/** `Y` and its folder: it waits for its terminal. See `far-text.ts`. */
export const handText = String.raw`
# Waits until the attempt is claimed by the one who reads _g_terminal, or nobody asks any more.
_g_hand() {
  mkfifo -m 600 hand || { _g_void; _g_say N 'a FIFO cannot be made there:' "$_g_dir"; return; }
  trap '' PIPE
  printf '%s\n' "$_g_terminal" >hand &
  _g_writer=$!
  _g_say Y "$_g_dir"
  while [ ! -e claim ]; do
    _g_nap 0.1
    _g_say K || { kill "$_g_writer"; exit; }
  done
  kill "$_g_writer"
  rm -f hand
  trap - PIPE
  _g_follow there
}
`;

/** How a command is supervised on a terminal, as words for the shell there. */
export interface OnTerminal {
  /** A path, as `farPath` gives it. */
  readonly cwd: string;
  /** Lines that make its environment. */
  readonly exports: string;
  /** What the supervisor is told, without the command. */
  readonly told: string;
  readonly command: string;
  /** Whether what it shows may be kept. */
  readonly records: boolean;
}

/** What the terminal's side does, with the attempt's folder in `_g_dir`. */
export function terminalText({ cwd, exports, told, command, records }: OnTerminal): string {
  const supervise = `exec /bin/sh -c "$_g_supervisor" gonogo-attempt ${told}`;
  const recording = String.raw`_g_recorder=$(PATH=$_g_tools; command -v script) || _g_recorder=
case $_g_recorder in /*) case $("$_g_recorder" --version </dev/null) in *util-linux*) ;; *) _g_recorder= ;; esac ;; *) _g_recorder= ;; esac
if [ -n "$_g_recorder" ]; then
  _g_shell=${'$'}{SHELL-} SHELL=/bin/sh
  export _g_shell SHELL
  _g_record="exec /bin/sh '$(printf %s "$_g_dir/record" | PATH=$_g_tools sed "s/'/'\\\\''/g")'"
  ${supervise} /bin/sh -c ${quoted(recordedWaiting)} gonogo-record "$_g_recorder" -q -e -f -c "$_g_record" "$_g_dir/output.log"
fi`;
  return [
    `_g_tools=${toolPath}:$PATH _g_umask=$(umask)`,
    'read -r _g_boot </proc/sys/kernel/random/boot_id',
    '_g_ns=$(PATH=$_g_tools readlink /proc/self/ns/pid) || _g_ns=-',
    `_g_supervisor=${quoted(supervisorText)}`,
    `cd ${cwd} || exit 91`,
    exports,
    'exec 3>&2 2>/dev/null',
    ...(records ? [recording] : []),
    `${supervise} ${command}`,
  ].join('\n');
}

/** What is recorded: the command with the shell that it would have seen. */
export function recordText(command: string): string {
  return [
    '_g_dir=${0%/*}',
    'if [ -n "$_g_shell" ]; then SHELL=$_g_shell; export SHELL; else unset SHELL; fi',
    'unset _g_shell',
    `exec ${command}`,
    '',
  ].join('\n');
}

const entryText =
  '[ -t 0 ] || { echo "ssh gave it no terminal" >&2; exit 97; }; _g_dir=$1; ' +
  `eval "$(PATH=${toolPath}:$PATH; cat "$_g_dir/hand")"`;

/** The words of the shell there that run what waits in `folder`, as any login shell reads them. */
export function entryWords(folder: string): string {
  return `exec /bin/sh -c ${quoted(entryText)} gonogo-terminal ${quoted(folder)}`;
}

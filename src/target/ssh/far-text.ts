/**
 * What runs at the far end: POSIX sh that a session reads from its standard input, piece by piece.
 *
 * Invariants of the text (dash, bash as sh, busybox ash, on Linux):
 * - Nothing is done while it is read: the last line of what is sent calls a function, so what was cut off does nothing.
 * - The marker comes before all else, and what a login shell printed before it is no answer.
 * - An attempt's folder is made by mkdir(2), its claim by link(2): of two who begin the same attempt one does, and the other is told.
 *   `by` says who made the folder, so that whoever asks again because the answer was lost is told apart from somebody else.
 * - Nothing is made durable here. After another boot what has no `exit` is in doubt, whatever else the disk tells; what has ended is
 *   durable where it was asked for.
 * - Of a folder that is not there nothing is known, so whoever asks makes it and links the void claim: then nothing of it ever begins.
 *
 * Answers are frames on standard output: a line whose first word says what it is, and for `O`, `E` and `D` as many bytes as its last
 * word says. `Z` ends each answer.
 */
import { lookText, supervisorText } from '../local/supervisor.ts';
import { clearingText } from './far-clear.ts';
import { followText } from './far-follow.ts';
import { handText } from './far-hand.ts';
import { quoted, toolPath } from './far-tools.ts';

/** The same without the lines that only a reader needs. */
function bare(text: string): string {
  return text.replaceAll(/^\s*#.*\n/gm, '');
}

/** The first thing that a session reads: says who is there, and waits for more. Holds no secret. */
export function helloText(marker: string): string {
  return [
    `if [ -n "\${ZSH_VERSION-}" ]; then emulate sh; fi`,
    'exec 2>/dev/null',
    'set +eux',
    `_g_tools=${toolPath}:$PATH _g_path=$PATH`,
    bare(helloFunction),
    `_g_hello ${marker}`,
    `_g_supervisor=${quoted(bare(supervisorText))}`,
    bare(lookText),
    bare(attemptText),
    bare(followText),
    bare(clearingText),
    bare(handText),
    '',
  ].join('\n');
}

const helloFunction = String.raw`
_g_hello() {
  _g_umask=$(umask)
  _g_setsid=$(PATH=$_g_tools command -v setsid)
  _g_ns=$(PATH=$_g_tools readlink /proc/self/ns/pid) || _g_ns=-
  printf '\n%s\n' "$1"
  _g_facts
  _g_say Z
}

_g_facts() {
  _g_boot=- _g_machine=- _g_name=-
  read -r _g_boot </proc/sys/kernel/random/boot_id
  read -r _g_machine </etc/machine-id
  read -r _g_name </proc/sys/kernel/hostname
  _g_say I "${'$'}{_g_boot:--}" "${'$'}{_g_machine:--}" "$(PATH=$_g_tools date +%s%N </dev/null)" "$_g_name"
  _g_say H "$HOME"
}

_g_say() { printf '%s\n' "$*"; }
`;

/**
 * Every operation runs in a subshell, in which PATH is that of the tools. It reads `_g_state`, `_g_run`, `_g_id`, `_g_nonce`, `_g_cwd`,
 * `_g_script`, `_g_split`, `_g_again`, `_g_terminal`, `_g_record`, `_g_program`, `_g_exports`, `_g_check`, `_g_secrets` and `_g_filter`, `_g_started` (the boot id at the start), and the function
 * `_g_command`, which calls `_g_exec` with the words of the supervisor.
 */
const attemptText = String.raw`
# Standard input is the session's, and only what is tethered may read it.
_g_do() {
  (
    PATH=$_g_tools _GONOGO_PLATFORM=linux _GONOGO_SCOPE=session _GONOGO_GROUP= _GONOGO_KNOWN= _GONOGO_TIE=
    umask 077
    _g_root=${'$'}{_g_state:-${'$'}{XDG_STATE_HOME:-$HOME/.local/state}/gonogo}
    _g_dir=$_g_root/$_g_run/$_g_id
    "$@"
  )
  _g_say Z
}

# Refuses a state folder that does not outlive the machine, or on which link(2) and locks are somebody else's.
_g_disk() {
  mkdir -p "$_g_root" || { _g_say N 'its state folder cannot be made:' "$_g_root"; return 1; }
  case $(stat -f -c %t "$_g_root") in
    1021994 | 858458f6) _g_say U 'its state folder' "$_g_root" 'is in memory (tmpfs) and lost with a boot; XDG_STATE_HOME there names another'; return 1 ;;
    6969 | 517b | ff534d42 | fe534d42 | 6e667364) _g_say U 'its state folder' "$_g_root" 'is on a network file system; XDG_STATE_HOME there names another'; return 1 ;;
  esac
}

_g_check_host() {
  _g_facts
  _g_disk && _g_tools_there && _g_outlives
}

# Where logind ends what outlives a login, a scope of the user's own manager outlives it, as long as that may stay. Words into _g_scope.
_g_outlives() {
  [ -n "${'$'}{XDG_SESSION_ID-}" ] || return 0
  set -- busctl get-property org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager
  case $("$@" KillUserProcesses </dev/null) in *true*) ;; *) return 0 ;; esac
  _g_user=$(id -un)
  case $("$@" KillExcludeUsers </dev/null) in *"\"$_g_user\""*) return 0 ;; esac
  if [ "$(loginctl show-user "$_g_user" -p Linger --value </dev/null)" = yes ]; then
    _g_scope="$(command -v systemd-run) --user --scope --quiet --"
    ! $_g_scope true </dev/null || return 0
  fi
  _g_say U "its systemd ends what outlives a login (KillUserProcesses): let it stay with loginctl enable-linger $_g_user"
  return 1
}

# What else a release may want: room, programs (_g_programs), accounts (_g_accounts).
_g_inspect() {
  _g_check_host || return
  # shellcheck disable=SC2046 # the fields are to be split
  set -- $(df -Pk "$_g_root" | tail -n 1)
  _g_say W "$4"
  for _g_one in $_g_programs; do
    (PATH=$_g_path; command -v "$_g_one" >/dev/null) || _g_say M "$_g_one"
  done
  for _g_one in $_g_accounts; do
    (PATH=$_g_path; sudo -n -u "$_g_one" true </dev/null) || _g_say J "$_g_one"
  done
}

_g_tools_there() {
  if [ ! -r /proc/self/stat ]; then _g_say U 'it is no Linux, or its /proc cannot be read'; return 1; fi
  for _g_tool in setsid mkfifo ln mv sleep rm stat head tail ls; do
    command -v "$_g_tool" >/dev/null || { _g_say U "it has no $_g_tool"; return 1; }
  done
}

_g_begin() {
  if [ -n "$_g_check" ]; then _g_disk && _g_tools_there || return; fi
  [ -d "$_g_dir" ] || _g_fit || return
  mkdir -p "${'$'}{_g_dir%/*}" || { _g_say N 'a folder cannot be made there, as on a full disk:' "${'$'}{_g_dir%/*}"; return; }
  if mkdir "$_g_dir"; then
    _g_prepare || {
      _g_void
      _g_say N 'its folder cannot be written there, as on a full disk:' "$_g_dir"
      return
    }
    cd "$_g_dir" || return
    if [ -n "$_g_terminal" ]; then _g_hand; else _g_follow child; fi
  elif [ -d "$_g_dir" ]; then
    _g_settle
  else
    _g_say N 'its folder cannot be made there, as on a full disk:' "$_g_dir"
  fi
}

# Whether the command can be begun at all.
_g_fit() {
  if [ ! -d "$_g_cwd" ]; then _g_say R 'cannot run in' "$_g_cwd": 'there is no such folder'; return 1; fi
  if [ ! -x "$_g_cwd" ]; then _g_say R 'cannot run in' "$_g_cwd": 'permission denied'; return 1; fi
  if [ -n "$_g_program" ]; then
    (
      PATH=$_g_path
      eval "$_g_exports"
      cd "$_g_cwd" && command -v "$_g_program" >/dev/null
    ) || { _g_say R 'command not found:' "$_g_program": 'install it there, or put its folder on PATH'; return 1; }
  fi
  _g_outlives || return 1
  if [ -n "$_g_filter" ] && ! command -v awk >/dev/null; then
    _g_say R 'it has no awk, without which what a step prints cannot be masked; install one'
    return 1
  fi
}

_g_prepare() {
  printf '%s\n' "$_g_nonce" >"$_g_dir/by" &&
    printf %s "$_g_script" >"$_g_dir/script" &&
    { [ -z "$_g_record" ] || printf %s "$_g_record" >"$_g_dir/record"; } &&
    { [ -z "$_g_again" ] || : >"$_g_dir/again"; } &&
    { [ -z "$_g_become" ] || printf '%s\n' "$_g_become" >"$_g_dir/as"; } &&
    : >"$_g_dir/output.log" &&
    printf '000\n' >"$_g_dir/exit.new" &&
    { [ -z "$_g_split" ] || : >"$_g_dir/stderr.log"; } &&
    { [ -z "$_g_filter" ] || printf %s "$_g_filter" >"$_g_dir/mask"; }
}

# Somebody was here before: this very begin, whose answer was lost, or somebody else.
_g_settle() {
  cd "$_g_dir" || return
  _g_by=
  for _g_n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    [ ! -e claim ] && [ ! -e exit ] || break
    sleep 0.1 || sleep 1
  done
  read -r _g_by <by
  if [ ! -e claim ] && [ "${'$'}{_g_by:-$_g_nonce}" = "$_g_nonce" ] && _g_void; then _g_say V; return; fi
  _g_claim
  if [ "$_g_kind" = void ]; then _g_say V; return; fi
  if [ "$_g_by" != "$_g_nonce" ]; then _g_say X; return; fi
  _g_follow there
}

# Claims it so that it never runs.
_g_void() {
  printf 'void\n' >"$_g_dir/claim.$_g_nonce" || { rm -f "$_g_dir/claim.$_g_nonce"; printf 'void\n' 1<>"$_g_dir/exit.new" && mv "$_g_dir/exit.new" "$_g_dir/claim.$_g_nonce"; } || return 1
  ln "$_g_dir/claim.$_g_nonce" "$_g_dir/claim"
  set -- $?
  rm -f "$_g_dir/claim.$_g_nonce"
  return "$1"
}

# What the claim says, into _g_kind and _g_pid _g_since _g_where _g_space.
_g_claim() {
  _g_kind=absent _g_pid= _g_since= _g_where= _g_space= _GONOGO_FILTER= _GONOGO_WATCH=
  [ -e claim ] || return
  _g_kind=damaged
  read -r _g_pid _g_since _g_where _g_space _GONOGO_FILTER _GONOGO_WATCH <claim
  case $_g_pid in
    void) _g_kind=void ;;
    '' | 0 | 1 | *[!0-9]*) ;;
    *) [ -z "$_GONOGO_WATCH" ] || _g_kind=supervisor ;;
  esac
}

# Whether the supervisor that claimed it runs: pid and start time together are never reused within one boot.
_g_supervised() {
  [ "$_g_kind" = supervisor ] && [ "$_g_where" = "$_g_boot" ] && [ "$_g_space" = "$_g_ns" ] || return 1
  read -r _g_line <"/proc/$_g_pid/stat" || return 1
  # shellcheck disable=SC2086 # the fields are to be split
  set -- ${'$'}{_g_line##*) }
  case $1 in Z | X) return 1 ;; esac
  [ "${'$'}{20}" = "$_g_since" ]
}

# Whether somebody has live open.
_g_live() {
  [ -p live ] || return 1
  case $(LC_ALL=C dd if=/dev/null of=live oflag=nonblock conv=notrunc,nocreat 2>&1) in
    *'No such device'*) return 1 ;;
    *' copied'*) return 0 ;;
  esac
  for _g_fd in /proc/[0-9]*/fd/*; do
    # shellcheck disable=SC3013 # every sh that Linux has knows it
    [ ! "$_g_fd" -ef live ] || return 0
  done
  return 1
}

# What of the attempt runs beside its supervisor, into _GONOGO_FOUND.
_g_members() {
  _GONOGO_DIR=$_g_dir _GONOGO_LEAD=- _GONOGO_SELF=$$
  if [ "$_g_kind" = supervisor ] && [ "$_g_where" = "$_g_boot" ] && [ "$_g_space" = "$_g_ns" ]; then
    # Another's pid by now leads nothing of this.
    if _g_supervised || [ ! -e "/proc/$_g_pid" ]; then _GONOGO_LEAD=$_g_pid; fi
  fi
  _gonogo_look
}

_g_runs() {
  if _g_supervised || _g_live; then return 0; fi
  # Sudo and daemons close what they inherit. Of a group that has lost its supervisor so, the members still tell.
  [ "$_g_kind" = supervisor ] && _g_members
}

# The status in exit, into _g_exit.
_g_ended() {
  _g_exit=
  [ -e exit ] || return 1
  read -r _g_exit <exit || return 1
  case $_g_exit in [0-9] | [0-9][0-9] | [0-9][0-9][0-9]) [ "$_g_exit" -le 255 ] ;; *) return 1 ;; esac
}

# What is known of the attempt whose folder this is, into _g_is: exited alive never doubt none, and _g_why.
_g_look() {
  _g_why=
  _g_claim
  if _g_over; then return; fi
  if _g_runs; then _g_is=alive; return; fi
  if _g_over; then return; fi
  case $_g_kind in
    void) _g_is=never ;;
    damaged) _g_is=doubt _g_why='its claim is damaged, and no exit status was recorded' ;;
    supervisor)
      _g_is=doubt _g_why="its supervisor (process $_g_pid) ended before it could record an exit status"
      if [ "$_g_where" != "$_g_boot" ]; then _g_why='the machine was restarted while it ran, and no exit status was recorded'
      elif [ "$_g_space" != "$_g_ns" ]; then _g_why='it ran in another container, and no exit status was recorded'
      fi ;;
    absent) _g_unclaimed ;;
  esac
}

_g_over() {
  _g_ended || return 1
  _g_is=exited
  # Of one that was to be ended the exit counts only when nothing of it runs any more.
  if [ -e timeout ] || [ -e stopping ]; then ! _g_members || _g_is=alive; fi
}

_g_unclaimed() {
  if [ -n "$_g_peek" ]; then _g_is=none; return; fi
  if [ "$_g_started" != "$_g_boot" ]; then
    _g_is=doubt _g_why='the machine was restarted, and the disk does not tell whether it had begun'
  elif [ -s output.log ] || [ -s stderr.log ]; then
    _g_is=doubt _g_why='its folder is not there as it was made, so nothing proves that it never began'
  elif _g_void; then _g_is=never
  else
    # Somebody was faster.
    _g_claim
    _g_is=alive
    [ "$_g_kind" != absent ] || _g_is=doubt _g_why='its folder can be neither read nor claimed'
  fi
}

# A folder that is not there, of which it is not known that it ever was.
_g_absent() {
  if [ -n "$_g_peek" ]; then _g_say '?'; return; fi
  if [ -n "$_g_known" ]; then _g_say X "its folder is gone there: $_g_dir"; return; fi
  if [ "$_g_started" != "$_g_boot" ]; then
    _g_say X 'the machine was restarted, and the disk does not tell whether it had begun'
    return
  fi
  mkdir -p "${'$'}{_g_dir%/*}" && mkdir "$_g_dir" && _g_void && { _g_say V; return; }
  if [ -d "$_g_dir" ]; then _g_wait; else _g_say X 'its folder can be neither found nor made there'; fi
}

_g_wait() {
  cd "$_g_dir" || { _g_absent; return; }
  _g_follow there
}

# One look, without waiting.
_g_glance() {
  cd "$_g_dir" || { _g_absent; return; }
  [ ! -e stderr.log ] || _g_split=split
  _g_look
  _g_tell
}

# Ends all of it: TERM, KILL after $1 seconds; then what is known.
_g_stop() {
  cd "$_g_dir" || { _g_absent; return; }
  _g_look
  if [ "$_g_is" = alive ]; then
    : >stopping
    [ ! -e as ] || read -r _g_become <as
    for _g_n in 1 2 3 4 5 6 7 8 9 10; do
      _g_claim
      [ "$_g_kind" = absent ] || break
      _g_nap 0.2
    done
    # A signal that comes between claim and command meets only the supervisor, which ignores it.
    _g_nap 0.2
    _g_end "$1"
    _g_look
    if [ "$_g_is" = alive ] && _g_supervised && ! _g_members; then kill -s KILL "$_g_pid"; _g_nap 0.2; _g_look; fi
  fi
  _g_tell
}

_g_nap() { sleep "$1" </dev/null || sleep 1 </dev/null; }

_g_end() {
  _g_supervised || case $_GONOGO_WATCH in '' | -) ;; *) kill -s KILL "$_GONOGO_WATCH" ;; esac
  if _g_members; then _g_kill TERM; _g_kill CONT; fi
  _g_left=$(($1 * 5))
  while [ "$_g_left" -gt 0 ] && _g_members; do _g_nap 0.2; _g_left=$((_g_left - 1)); done
  _g_left=25
  while [ "$_g_left" -gt 0 ] && _g_members; do _g_kill KILL; _g_nap 0.2; _g_left=$((_g_left - 1)); done
  # What supervises it has still to record the status.
  _g_left=50
  while [ "$_g_left" -gt 0 ] && ! _g_members && _g_supervised && ! _g_ended; do _g_nap 0.2; _g_left=$((_g_left - 1)); done
}

_g_kill() {
  for _g_one in $_GONOGO_FOUND; do
    kill -s "$1" "${'$'}{_g_one%%:*}" || { [ -z "$_g_become" ] || sudo -n -u "$_g_become" kill -s "$1" "${'$'}{_g_one%%:*}"; }
  done
}
`;

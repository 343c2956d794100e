/**
 * The few lines of POSIX sh that run one attempt and outlive us: text and argument vector, nothing else. It is begun for one attempt,
 * with the words of `supervisorArguments`, or ahead of any, and is told these words later (`stand-by.ts`).
 *
 * Invariants of the text (sh, dash, `bash --posix`, busybox ash):
 * - The FIFO `live` is open before `claim` exists, and `claim` exists before the command starts; who cannot make the
 *   claim exits. So "no claim and `live` free" can be voided by whoever links a claim of its own.
 * - `exit` is whole only after the command ended, after the watchdog is gone and after the masking filter has written all the
 *   command's output: what is torn of it is no status. It never stands for less than the whole for who looks after `live` is free.
 * - Its own messages go to descriptor 2, which is `/dev/null`: never into the command's output.
 * - The command's environment is the one the shell was given. The shell adds or corrects `PWD` (and `SHLVL`, `OLDPWD`,
 *   `_` where sh is bash), sets `IFS` back, and drops names that are no shell identifiers (where sh is dash). Names that
 *   begin with `_GONOGO_` belong to the text and do not reach the command.
 * - The tools it calls (mkfifo ln mv sleep env rm ps) come from a search path of its own, not from the command's.
 *
 * Descriptors: 0 null or terminal, 1 output.log or terminal, 2 null, 3 stderr target (of one begun ahead what it is told, until it is), 4 secrets for the filter,
 * 5 output.log for the filter, 6 and 7 the command's stdout and stderr, 8 the filter's answer, 9 `live`. Of a tethered one 0 is a
 * pipe first, which only the tether reads. The command
 * inherits 0, 1, 2 and 9 only.
 */

/** How processes are told apart: `linux` by FIFO and /proc; `portable` by pid and start time from `ps`. */
export type Platform = 'linux' | 'portable';

/** The masking filter of one attempt; see `mask-filter.ts` for its descriptors. */
export interface FilterLaunch {
  /** Absolute path of the node that runs the filter. */
  readonly node: string;
  /** Absolute path of the filter's file. */
  readonly program: string;
  /** The bytes that end the command's output in each stream; not a secret. */
  readonly marker: string;
}

/** Everything one supervisor is told. All of it is visible in the process list. */
export interface SupervisorSpec {
  readonly folder: string;
  readonly bootId: string;
  readonly pidNamespace: string;
  /** Colon-separated search path of the supervisor's own tools. */
  readonly toolPath: string;
  readonly platform: Platform;
  readonly timeoutMs: number | null;
  /** Between TERM and KILL when the timeout has passed. */
  readonly graceMs: number;
  /** `session`: the attempt leads a session and all of it is ended; `children`: it shares the terminal's group. */
  readonly scope: 'session' | 'children';
  readonly splitStderr: boolean;
  /** True: standard input is a pipe from this process, and the command is ended when that closes. */
  readonly tethered?: boolean;
  readonly filter: FilterLaunch | null;
  /** Folder of the control group that the attempt is to be in; null: none. */
  readonly group: string | null;
  /** The mask of the modes of new files that the command gets; null: the one that the shell was given. */
  readonly umask: number | null;
  readonly argv: readonly string[];
}

/** What the exit of a supervisor that did not begin its command means. */
export const supervisorFailures: Readonly<Record<number, string>> = {
  90: 'it was not told what to run',
  91: 'it could not make a FIFO in the folder of the attempt',
  92: 'the filter that masks secrets did not start',
  93: 'it could not claim the attempt',
  94: 'it could not enter the folder that the command runs in',
};

/** The arguments for `sh` that run the supervisor over `spec.argv`. */
export function supervisorArguments(spec: SupervisorSpec): readonly string[] {
  const { filter } = spec;
  return [
    '-c',
    supervisorText,
    'gonogo-attempt',
    spec.folder,
    spec.bootId,
    spec.pidNamespace,
    spec.toolPath,
    spec.platform,
    spec.timeoutMs === null ? '' : toSeconds(spec.timeoutMs),
    spec.timeoutMs === null ? '' : String(Math.ceil(spec.timeoutMs / 1000)),
    toSeconds(spec.graceMs),
    spec.scope,
    spec.splitStderr ? 'split' : 'joined',
    filter === null ? '' : filter.node,
    filter === null ? '' : filter.program,
    filter === null ? '' : filter.marker,
    spec.tethered === true ? 'tethered' : '',
    spec.group ?? '',
    spec.umask === null ? '' : spec.umask.toString(8),
    ...spec.argv,
  ];
}

/** Whole seconds stay whole, because POSIX `sleep` promises nothing about fractions. */
function toSeconds(ms: number): string {
  return ms % 1000 === 0 ? String(ms / 1000) : (ms / 1000).toFixed(3);
}

/**
 * How what runs of an attempt is found and signalled, also by whoever did not begin it. It reads `_GONOGO_DIR`, `_GONOGO_PLATFORM`,
 * `_GONOGO_SCOPE`, `_GONOGO_GROUP`, and the pids `_GONOGO_LEAD` (the supervisor), `_GONOGO_SELF` (the caller), `_GONOGO_FILTER`,
 * `_GONOGO_WATCH`, `_GONOGO_TIE`.
 */
export const lookText = `# What of the attempt still runs, into _GONOGO_FOUND as "pid:start" words: its group and session, whoever holds live or is in
# its control group, what these have begun, and what was found before, wherever it is by now. Without the supervisor, the filter, the watchdog, and
# the caller (_GONOGO_SELF) with its tools. In this very shell, because a copy of it would be found too.
_gonogo_look() {
  _GONOGO_ALL=
  _GONOGO_HOLD=' '
  if [ "$_GONOGO_PLATFORM" = linux ]; then
    for _GONOGO_PID in /proc/[0-9]*/stat; do
      _GONOGO_LINE=
      # A process may have a line break in its name.
      while read -r _GONOGO_PART; do _GONOGO_LINE="$_GONOGO_LINE$_GONOGO_PART "; done <"$_GONOGO_PID"
      # shellcheck disable=SC2086 # the fields are to be split
      set -- \${_GONOGO_LINE##*) }
      _GONOGO_ALL="$_GONOGO_ALL \${_GONOGO_LINE%% *},$2,$3,$4,$1,\${20}"
    done
    for _GONOGO_PID in /proc/[0-9]*/fd/*; do
      # shellcheck disable=SC3013 # every sh that Linux has knows it
      if [ "$_GONOGO_PID" -ef "$_GONOGO_DIR/live" ]; then
        _GONOGO_PID=\${_GONOGO_PID#/proc/}
        _GONOGO_HOLD="$_GONOGO_HOLD\${_GONOGO_PID%%/*} "
      fi
    done
    if [ -n "$_GONOGO_GROUP" ]; then
      while read -r _GONOGO_PID; do _GONOGO_HOLD="$_GONOGO_HOLD$_GONOGO_PID "; done <"$_GONOGO_GROUP/cgroup.procs"
    fi
  else
    # shellcheck disable=SC2046 # the words are to be split
    set -- $(exec ps -A -o pid= -o ppid= -o pgid= -o stat=)
    while [ $# -ge 4 ]; do
      _GONOGO_ALL="$_GONOGO_ALL $1,$2,$3,$3,$4,-"
      shift 4
    done
  fi
  _GONOGO_FOUND=' '
  _GONOGO_MORE=1
  # A child may stand before its parent, so until a round finds nothing new.
  while [ -n "$_GONOGO_MORE" ]; do
    _GONOGO_MORE=
    for _GONOGO_LINE in $_GONOGO_ALL; do
      _gonogo_belongs "$_GONOGO_LINE" || continue
      _GONOGO_FOUND="$_GONOGO_FOUND$_GONOGO_PID:$_GONOGO_START "
      _GONOGO_HOLD="$_GONOGO_HOLD$_GONOGO_PID "
      _GONOGO_MORE=1
    done
  done
  # Without a start time a pid found before may be another's by now.
  [ "$_GONOGO_PLATFORM" != linux ] || _GONOGO_KNOWN=$_GONOGO_FOUND
  [ "$_GONOGO_FOUND" != ' ' ]
}

# Whether a line of the process table is of the attempt and not found yet.
_gonogo_belongs() {
  IFS=,
  # shellcheck disable=SC2086 # the fields are to be split
  set -- $1
  unset IFS
  _GONOGO_PID=$1 _GONOGO_START=$6
  case $5 in '' | Z* | X*) return 1 ;; esac
  case $1 in "$_GONOGO_LEAD" | "$_GONOGO_SELF" | "$_GONOGO_FILTER" | "$_GONOGO_WATCH" | "$_GONOGO_TIE") return 1 ;; esac
  case $2 in "$_GONOGO_SELF" | "$_GONOGO_FILTER" | "$_GONOGO_WATCH" | "$_GONOGO_TIE") return 1 ;; esac
  case $_GONOGO_FOUND in *" $1:"*) return 1 ;; esac
  case $_GONOGO_KNOWN in *" $1:$6 "*) return 0 ;; esac
  case $_GONOGO_HOLD in *" $1 "* | *" $2 "*) return 0 ;; esac
  case $_GONOGO_SCOPE:$2:$3:$4 in
    session:*:"$_GONOGO_LEAD":* | session:*:*:"$_GONOGO_LEAD" | children:"$_GONOGO_LEAD":*:*) return 0 ;;
  esac
  return 1
}

# Sends a signal to all that is found.
_gonogo_signal() {
  for _GONOGO_LINE in $_GONOGO_FOUND; do
    kill -s "$1" "\${_GONOGO_LINE%%:*}"
  done
}
`;

/** The program. Positional parameters are those that `supervisorArguments` lists. */
export const supervisorText = String.raw`
set +eux
# A trap that does nothing is back to the default in the command, where an ignored signal would stay ignored.
trap : HUP INT QUIT ALRM TERM USR1 USR2

# A name the environment brought would stay exported, so each is unset before it is ours.
unset _GONOGO_DIR _GONOGO_BOOT _GONOGO_NS _GONOGO_TOOLS _GONOGO_PLATFORM _GONOGO_LIMIT _GONOGO_LIMIT_WHOLE
unset _GONOGO_GRACE _GONOGO_SCOPE _GONOGO_SPLIT _GONOGO_NODE _GONOGO_MASK _GONOGO_MARKER _GONOGO_FILTER
unset _GONOGO_WATCH _GONOGO_SELF _GONOGO_LINE _GONOGO_PART _GONOGO_PID _GONOGO_OFF _GONOGO_START _GONOGO_STATUS _GONOGO_ALL _GONOGO_HOLD _GONOGO_FOUND _GONOGO_KNOWN
unset _GONOGO_MORE _GONOGO_NAP _GONOGO_TETHER _GONOGO_TIE _GONOGO_GROUP _GONOGO_UMASK _GONOGO_LEAD _GONOGO_CWD

# When this process started, as one word: pid and start time together are never reused within one boot.
_gonogo_started() {
  if [ "$_GONOGO_PLATFORM" = linux ]; then
    read -r _GONOGO_LINE </proc/$$/stat || return 1
    # shellcheck disable=SC2086 # the fields are to be split
    set -- ${'$'}{_GONOGO_LINE##*) }
    _GONOGO_START=${'$'}{20}
  else
    # shellcheck disable=SC2046 # the words are to be split
    set -- $(PATH=$_GONOGO_TOOLS LC_ALL=C ps -o lstart= -p $$)
    _GONOGO_START=$1_$2_$3_$4_$5
  fi
}

# Begun ahead (stand-by.ts), it is told what to run in one line on 3, or that nothing is to run, by the end of that.
if [ "$1" = ahead ]; then
  _GONOGO_PLATFORM=linux
  _gonogo_started
  IFS= read -r _GONOGO_LINE <&3 || exit 90
  umask 077
  eval "set -- $_GONOGO_LINE"
  _GONOGO_CWD=$1 _GONOGO_LINE=${'$'}{OLDPWD-} _GONOGO_PART=${'$'}{OLDPWD+set}
  shift
  cd -- "$_GONOGO_CWD" || exit 94
  if [ -n "$_GONOGO_PART" ]; then OLDPWD=$_GONOGO_LINE; else unset OLDPWD; fi
  exec >>"$1/output.log"
  if [ "${'$'}{10}" = split ]; then exec 3>>"$1/stderr.log"; else exec 3>&1; fi
fi

_GONOGO_DIR=$1 _GONOGO_BOOT=$2 _GONOGO_NS=$3 _GONOGO_TOOLS=$4 _GONOGO_PLATFORM=$5 _GONOGO_LIMIT=$6
_GONOGO_LIMIT_WHOLE=$7 _GONOGO_GRACE=$8 _GONOGO_SCOPE=$9
shift 9
_GONOGO_SPLIT=$1 _GONOGO_NODE=$2 _GONOGO_MASK=$3 _GONOGO_MARKER=$4 _GONOGO_TETHER=$5 _GONOGO_GROUP=$6 _GONOGO_UMASK=$7
shift 7
_GONOGO_LEAD=$$
# Its own files are for nobody else; the command gets back what it would have had.
[ -n "$_GONOGO_UMASK" ] || _GONOGO_UMASK=$(umask)
umask 077

# Makes the attempt ours: O_EXCL fails when it is claimed already. On a full disk there is a claim that says nothing: nobody else's,
# so it is taken away again, and nothing has begun.
_gonogo_claim() {
  [ -n "$_GONOGO_START" ] || _gonogo_started || return 1
  set -C
  # shellcheck disable=SC2094 # it is not read
  {
    printf '%s %s %s %s %s %s\n' "$$" "$_GONOGO_START" "$_GONOGO_BOOT" "$_GONOGO_NS" "${'$'}{_GONOGO_FILTER:--}" \
      "${'$'}{_GONOGO_WATCH:--}" || {
      PATH=$_GONOGO_TOOLS rm -f "$_GONOGO_DIR/claim"
      false
    }
  } >"$_GONOGO_DIR/claim" || return 1
  set +C
}

# Starts the masking filter, which prints its pid once it has the secrets and holds every stream.
_gonogo_filter() {
  PATH=$_GONOGO_TOOLS env -i "$_GONOGO_NODE" "$_GONOGO_MASK" <"$_GONOGO_DIR/mask.out" \
    6<"$_GONOGO_DIR/mask.err" 7>&- 8>"$_GONOGO_DIR/mask.ack" &
}

${lookText}
# TERM to everything, KILL to what is left after a while; returns when nothing of the attempt runs any more, however long that
# takes: what cannot be ended keeps the attempt open. _GONOGO_OFF says that the command itself has ended.
_gonogo_end() {
  _GONOGO_KNOWN=
  # With nobody there, the command is about to start, or has just ended; or all are dead.
  for _GONOGO_NAP in 1 2 3 4 5; do
    ! _gonogo_look || break
    [ -z "$_GONOGO_OFF" ] || return 0
    _gonogo_pause 1
  done
  _gonogo_signal TERM
  _gonogo_signal CONT
  sleep "$_GONOGO_GRACE" 9>&- &
  _GONOGO_NAP=$!
  # In short waits, because a signal that comes just before a wait does not break it off.
  while [ -z "$_GONOGO_OFF" ] && kill -s 0 "$_GONOGO_NAP"; do _gonogo_pause 0.2; done
  while kill -s 0 "$_GONOGO_NAP"; do
    _gonogo_look || {
      kill -s KILL "$_GONOGO_NAP"
      return 0
    }
    _gonogo_pause 0.2
  done
  # Again at once, for what was being made meanwhile.
  for _GONOGO_NAP in 0.2 0.2 0.2 0.2; do
    _gonogo_look || return 0
    _gonogo_signal KILL
    _gonogo_pause "$_GONOGO_NAP"
  done
  while _gonogo_look; do
    _gonogo_signal KILL
    _gonogo_pause 1
  done
}

_gonogo_pause() {
  sleep "$1" 9>&- &
  wait "$!"
  # Over, or broken off; else this sleep knows no fractions.
  case $? in 0 | 1[3-9]?) return ;; esac
  sleep 1 9>&- &
  wait "$!"
}

# The watchdog: its own process, so that the timeout holds with nobody attached. It holds neither live nor the output.
# VTALRM calls it off: nobody else sends it, and before the trap is set it ends the watchdog as well. Once the time is up, it
# only learns by it that the command has ended, and stays until all of it has.
_gonogo_watch() {
  trap '' HUP INT QUIT ALRM TERM USR1 USR2
  trap 'kill -s KILL "$!"; exit' VTALRM
  PATH=$_GONOGO_TOOLS
  _GONOGO_OFF=
  sleep "$_GONOGO_LIMIT" &
  if ! wait "$!"; then
    # This sleep knows no fractions.
    sleep "$_GONOGO_LIMIT_WHOLE" &
    wait "$!" || exit
  fi
  trap '_GONOGO_OFF=1' VTALRM
  : >"$_GONOGO_DIR/timeout"
  _GONOGO_SELF=$(exec sh -c 'echo $PPID')
  _gonogo_end
}

# The tether: a probe ends with the process that began it, however that ends. It waits for the pipe to close.
_gonogo_hold() {
  trap '' HUP INT QUIT ALRM TERM USR1 USR2
  while read -r _GONOGO_LINE; do :; done
  PATH=$_GONOGO_TOOLS
  : >"$_GONOGO_DIR/stopping"
  _GONOGO_SELF=$(exec sh -c 'echo $PPID')
  _GONOGO_OFF=
  _gonogo_end
}

# Ends the watchdog, unless it is gone and its pid may be another's by now.
_gonogo_unwatch() {
  if [ "$_GONOGO_PLATFORM" = linux ]; then
    _GONOGO_LINE=
    read -r _GONOGO_LINE <"/proc/$_GONOGO_WATCH/stat"
    case ${'$'}{_GONOGO_LINE##*) } in "Z "*) ;; ?" $$ "*) kill -s VTALRM "$_GONOGO_WATCH" ;; esac
  else
    kill -s VTALRM "$_GONOGO_WATCH"
  fi
  wait "$_GONOGO_WATCH"
}

# A status that is torn has no end of line. Where the disk is full there is a file whose block is taken already: one that was made for
# this, which is overwritten in place and becomes the status by its name, again because a KILL that is meant for the command may hit mv;
# else the claim, which gets another line.
_gonogo_record() {
  set -C
  { printf '%03d\n' "$_GONOGO_STATUS" >"$_GONOGO_DIR/exit"; } && return
  if [ ! -e "$_GONOGO_DIR/exit.new" ]; then
    printf '%03d\n' "$_GONOGO_STATUS" >>"$_GONOGO_DIR/claim"
    return
  fi
  for _GONOGO_PART in 1 2 3 4 5 6 7 8 9; do
    printf '%03d\n' "$_GONOGO_STATUS" 1<>"$_GONOGO_DIR/exit.new" &&
      mv -f "$_GONOGO_DIR/exit.new" "$_GONOGO_DIR/exit" && return
  done
}

if [ -n "$_GONOGO_GROUP" ]; then
  # All that begins from here on is in it, whatever it does. Where it is refused, the attempt is followed without.
  echo "$$" >"$_GONOGO_GROUP/cgroup.procs" || _GONOGO_GROUP=
fi

if [ "$_GONOGO_PLATFORM" = linux ]; then
  PATH=$_GONOGO_TOOLS LC_ALL=C mkfifo -m 600 "$_GONOGO_DIR/live" || exit 91
  exec 9<>"$_GONOGO_DIR/live"
fi

if [ -n "$_GONOGO_TETHER" ]; then
  # By another number, because a shell takes its input away from what it starts in the background.
  exec 8<&0 </dev/null
  (_gonogo_hold) <&8 >/dev/null 3>&- 4<&- 8<&- 9>&- &
  _GONOGO_TIE=$!
  exec 8<&-
fi

if [ -n "$_GONOGO_MASK" ]; then
  PATH=$_GONOGO_TOOLS mkfifo -m 600 "$_GONOGO_DIR/mask.out" "$_GONOGO_DIR/mask.err" "$_GONOGO_DIR/mask.ack" || exit 91
  # Opened both ways first, so that no one-way open below has to wait for its other end.
  exec 5>&1 6<>"$_GONOGO_DIR/mask.out" 7<>"$_GONOGO_DIR/mask.err" 8<>"$_GONOGO_DIR/mask.ack"
  _GONOGO_FILTER=$(_gonogo_filter)
  case $_GONOGO_FILTER in '' | *[!0-9]*) exit 92 ;; esac
  exec 6>"$_GONOGO_DIR/mask.out" 7>"$_GONOGO_DIR/mask.err" 8<"$_GONOGO_DIR/mask.ack"
  PATH=$_GONOGO_TOOLS rm -f "$_GONOGO_DIR/mask.out" "$_GONOGO_DIR/mask.err" "$_GONOGO_DIR/mask.ack"
  [ "$_GONOGO_SPLIT" = split ] || exec 7>&6
else
  exec 6>&1 7>&3
fi

if [ -n "$_GONOGO_LIMIT" ]; then
  # In parentheses, because a shell keeps copies of what it redirects for a function.
  (_gonogo_watch) >/dev/null 3>&- 4<&- 5>&- 6>&- 7>&- 8<&- 9>&- &
  _GONOGO_WATCH=$!
fi

_gonogo_claim || {
  [ -z "$_GONOGO_WATCH" ] || _gonogo_unwatch
  exit 93
}

# exec, so that an argv that begins with a builtin's name runs the program of that name.
(
  umask "$_GONOGO_UMASK"
  exec "$@" >&6 2>&7 3>&- 4<&- 5>&- 6>&- 7>&- 8<&-
)
_GONOGO_STATUS=$?

# From here on its tools must survive what is meant for the command, and a dead filter is no reason to die.
trap '' HUP INT QUIT ALRM TERM USR1 USR2 PIPE
PATH=$_GONOGO_TOOLS
[ -z "$_GONOGO_WATCH" ] || _gonogo_unwatch
if [ -n "$_GONOGO_TIE" ]; then
  # What it has begun to end is ended below.
  kill -s KILL "$_GONOGO_TIE"
  wait "$_GONOGO_TIE"
fi
if [ -e "$_GONOGO_DIR/stopping" ]; then
  _GONOGO_SELF=$$ _GONOGO_OFF=1
  _gonogo_end
fi
if [ -n "$_GONOGO_FILTER" ]; then
  # The filter answers once it has written everything before the marker. It goes on for what still writes.
  printf %s "$_GONOGO_MARKER" >&6
  [ "$_GONOGO_SPLIT" != split ] || printf %s "$_GONOGO_MARKER" >&7
  exec 6>&- 7>&-
  # Without an answer some of the output is lost. To give a name that is there already another takes no room on a full disk.
  read -r _GONOGO_LINE <&8 || ln "$_GONOGO_DIR/claim" "$_GONOGO_DIR/lost"
fi
_gonogo_record
`;

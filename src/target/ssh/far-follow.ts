/**
 * How the far end follows an attempt: begins it where it is to be begun, sends what it prints from an offset on, and tells its end.
 *
 * It reads `_g_off` and `_g_eoff` (what is known of output and errors by now) beside what `far-text.ts` says. Its frames: `B` it has
 * begun; `O`/`E` offset and length, and so many bytes; `K` nothing new; `G` it goes on though it should not, and why; `L` a process
 * of it; `T` when it began and when it ended; `S` how it ended; `V` nothing of it began, nor will; `X` in doubt, and why; `A` it runs;
 * `?` nothing is known.
 *
 * Invariants:
 * - The one who begins it waits for the supervisor itself, so its end is told at once; whoever comes later looks now and then.
 * - A follower whose session is gone ends with its next word, of which there is one every few seconds.
 */

/** See `far-text.ts`. */
export const followText = String.raw`
# $1: child (begin it here) or there.
_g_follow() {
  {
    _g_tick </dev/null &
    _g_t=$!
    _g_say pid "$_g_t"
    if [ "$1" = child ]; then
      _g_launch
      _g_say end $?
    fi
    wait "$_g_t"
  } | _g_pump "$1"
}

_g_tick() {
  for _g_n in 1 2 3 4 5 6 7 8 9 10; do _g_nap 0.1; _g_say t || exit; done
  for _g_n in 1 2 3 4 5 6 7 8 9 10; do _g_nap 0.3; _g_say t || exit; done
  while :; do _g_nap 1; _g_say t || exit; done
}

# The supervisor, in a session of its own. Nothing of it holds the session's output.
_g_launch() {
  if [ -n "$_g_secrets" ]; then
    printf '%s\n' "$_g_secrets" | _g_spawn 4<&0 0</dev/null
  elif [ -n "$_g_tether" ]; then
    _g_spawn
  else
    _g_spawn </dev/null
  fi
}

_g_spawn() {
  (
    [ -z "$_g_split" ] || exec 3>>"$_g_dir/stderr.log"
    [ -n "$_g_split" ] || exec 3>>"$_g_dir/output.log"
    exec >>"$_g_dir/output.log"
    cd "$_g_cwd" || exit 91
    PATH=$_g_path
    eval "$_g_exports"
    _g_command
  )
}

# Begins the supervisor over the words that follow.
_g_exec() {
  # shellcheck disable=SC2086 # empty, or the words of a scope
  exec $_g_scope "$_g_setsid" /bin/sh -c "$_g_supervisor" gonogo-attempt "$@"
}

_g_pump() {
  _g_told= _g_over_told= _g_n=0 _g_is=alive _g_broken=0
  [ ! -e stderr.log ] || _g_split=split
  read -r _g_word _g_t
  if [ "$1" = there ]; then
    _g_look
    [ "$_g_is" != alive ] || { _g_told=1; _g_say B; }
  fi
  while [ "$_g_is" = alive ] && read -r _g_word _g_arg; do
    [ "$_g_word" != end ] || _g_broken=$_g_arg
    _g_n=$((_g_n + 1))
    if [ -z "$_g_told" ] && [ -e claim ]; then _g_told=1; _g_say B; fi
    if [ "$_g_word" = end ] || [ -e exit ] || [ $((_g_n % 8)) = 0 ]; then
      _g_look
      [ "$_g_is" != alive ] || _g_held
    fi
    if [ "$_g_is" = alive ]; then
      _g_send
      [ $((_g_n % 4)) != 0 ] || _g_say K
    fi
  done
  kill "$_g_t"
  _g_tell
}

# Sends what has come since.
_g_send() {
  _g_size=0 _g_esize=0
  if [ -s output.log ] || [ -s stderr.log ]; then
    # shellcheck disable=SC2046 # the fields are to be split
    set -- $(LC_ALL=C ls -ln output.log ${'$'}{_g_split:+stderr.log})
    _g_size=${'$'}{5:-0} _g_esize=${'$'}{14:-0}
  fi
  _g_part O output.log "$_g_off" "$_g_size" && _g_off=$_g_size
  _g_part E stderr.log "$_g_eoff" "$_g_esize" && _g_eoff=$_g_esize
}

_g_part() {
  [ "$4" -gt "$3" ] || return 1
  printf '%s %s %s\n' "$1" "$3" "$(($4 - $3))"
  if [ "$3" = 0 ]; then head -c "$4" "$2"; else tail -c "+$(($3 + 1))" "$2" | head -c "$(($4 - $3))"; fi
}

# Why it goes on though it should not, once.
_g_held() {
  [ -z "$_g_over_told" ] || return
  if [ -e timeout ]; then
    [ "$_g_n" -gt "${'$'}{_g_up:=$((_g_n + 24))}" ] || return
    _g_over_told=timeout
  elif ! _g_supervised && _g_members; then
    ! _g_ended || return
    _g_over_told=supervisor
  else
    return
  fi
  _g_members
  _g_say G "$_g_over_told"
  _g_list
  _g_say K
}

# What runs, by name.
_g_list() {
  for _g_one in $_GONOGO_FOUND; do
    _g_one=${'$'}{_g_one%%:*}
    _g_line=$(tr '\000\n' '  ' <"/proc/$_g_one/cmdline")
    [ -n "$_g_line" ] || read -r _g_line <"/proc/$_g_one/comm"
    _g_say L "$_g_one" "$_g_line"
  done
}

_g_tell() {
  case $_g_is in
    exited) _g_outcome ;;
    alive)
      if [ -n "$_g_names" ]; then
        _g_members
        _g_list
      fi
      _g_say A ;;
    never)
      if [ "${'$'}{_g_broken:-0}" != 0 ]; then _g_say V "$_g_broken"; else _g_say V; fi ;;
    doubt) _g_say X "$_g_why" ;;
    none) _g_say '?' ;;
  esac
}

_g_sum() {
  [ "$2" -gt 0 ] || { _g_hash=-; return; }
  # shellcheck disable=SC2046 # the fields are to be split
  set -- $(head -c "$2" "$1" | { sha256sum || openssl dgst -r -sha256 || shasum -a 256; })
  _g_hash=${'$'}{1:--}
}

_g_outcome() {
  if [ -n "$_g_quick" ]; then _g_say S "$_g_exit"; return; fi
  _g_send
  stat -c 'T %y' claim exit
  _g_sum output.log "$_g_size"
  _g_first=$_g_hash
  _g_sum stderr.log "$_g_esize"
  if [ ! -e timeout ] && [ ! -e stopping ] && _g_live; then
    # What is only about to end is given a moment.
    _g_nap 0.1
    if _g_live && _g_members; then _g_list; fi
  fi
  _g_timed=- _g_lost=-
  [ ! -e timeout ] || _g_timed=timeout
  [ ! -e lost ] || _g_lost=lost
  _g_say S "$_g_exit" "$_g_timed" "$_g_lost" "$_g_first" "${'$'}{_g_split:--}" "$_g_hash"
}
`;

/**
 * How the far end takes away what runs have left there; see `far-text.ts`. Its frames: `C` what is there now, with why; `F` why a folder stays.
 *
 * Invariants:
 * - Nothing is taken away of which something still runs.
 * - Of a run that a person has not given up, only what has ended goes, and only where what it printed there is what is kept elsewhere.
 * - A begin that was asked for more than once may still be on its way; its folder, and one that says that nothing ever begins, is what
 *   keeps it from beginning, and stays.
 */

/** See `far-text.ts`. */
export const clearingText = String.raw`
# Takes the folders of a run away, unless something of it still runs.
_g_clean() {
  [ -d "$_g_root/$_g_run" ] || { _g_say C none; return; }
  if ! cd "$_g_root/$_g_run"; then
    if [ -d "$_g_root/$_g_run" ]; then _g_say C kept 'its folder cannot be entered'; else _g_say C none; fi
    return
  fi
  for _g_one in $(find . -name live -type p | tr ' \n' '? '); do
    # shellcheck disable=SC2086 # a space in a name is a pattern by now
    for _g_dir in $_g_one; do
      cd "$_g_root/$_g_run/${'$'}{_g_dir%/live}" || continue
      _g_claim
      if _g_runs; then _g_say C kept "something of it still runs (${'$'}{_g_dir%/live})"; return; fi
    done
    # Under another name of this machine somebody takes the same away.
    cd "$_g_root/$_g_run" || break
  done
  cd "$_g_root" || return
  rm -rf "./$_g_run"
  if [ -d "$_g_run" ]; then _g_say C kept 'some of it cannot be removed'; else _g_say C gone; fi
}

# Takes away what has ended of a run. _g_settled: a line for each attempt, with the length and the sha256 of what it printed, and of its errors.
_g_clear() {
  cd "$_g_root/$_g_run" || { _g_left; return; }
  _g_leads
  printf '%s\n' "$_g_settled" | {
    _g_gone= _g_parents=
    while read -r _g_id _g_bytes _g_first _g_ebytes _g_second; do
      _g_dir=$_g_root/$_g_run/$_g_id
      [ -n "$_g_id" ] && cd "$_g_dir" || continue
      if _g_over_and_kept; then
        _g_gone="$_g_gone ./$_g_id" _g_parents="$_g_parents ./${'$'}{_g_id%/*}"
      else
        _g_say F "$_g_id: $_g_why"
      fi
    done
    cd "$_g_root/$_g_run" || return
    for _g_id in probes/*; do
      _g_dir=$_g_root/$_g_run/$_g_id
      cd "$_g_dir" || continue
      _g_claim
      _g_still || _g_gone="$_g_gone ./$_g_id" _g_parents="$_g_parents ./probes"
    done
    cd "$_g_root/$_g_run" || return
    # shellcheck disable=SC2086 # names of folders, which have no spaces
    printf '%s\n' $_g_gone | xargs rm -rf
    # shellcheck disable=SC2086
    printf '%s\n' $_g_parents | xargs rmdir -p
  }
  _g_left
}

# What is left of the run.
_g_left() {
  cd "$_g_root" || { _g_say C gone; return; }
  rmdir "$_g_run"
  if ! [ -d "$_g_run" ]; then _g_say C gone; return; fi
  set -- "$_g_run"/*/*/* "$_g_run"/probes/*
  _g_n=0
  for _g_one in "$@"; do [ ! -d "$_g_one" ] || _g_n=$((_g_n + 1)); done
  _g_say C kept "$_g_n"
}

# Whether the attempt that we are in has ended for good, and what it printed is kept; else why not, into _g_why.
_g_over_and_kept() {
  _g_why='its outcome is not certain'
  _g_ended || return 1
  _g_claim
  [ "$_g_kind" = supervisor ] || return 1
  _g_why='something of it still runs'
  ! _g_still || return 1
  _g_why='it was asked to begin more than once'
  [ ! -e again ] || return 1
  _g_why='what it printed there is not what the run keeps'
  _g_same output.log "$_g_bytes" "$_g_first" && _g_same stderr.log "$_g_ebytes" "$_g_second"
}

_g_same() {
  if [ "$2" = 0 ]; then [ ! -s "$1" ]; return; fi
  _g_sum "$1" "$2"
  [ "$_g_hash" = "$3" ]
}

# Sessions and groups in which something runs, into _g_leaders.
_g_leads() {
  _g_leaders=' '
  for _g_one in /proc/[0-9]*/stat; do
    _g_line=
    # A process may have a line break in its name.
    while read -r _g_part; do _g_line="$_g_line$_g_part "; done <"$_g_one"
    # shellcheck disable=SC2086 # the fields are to be split
    set -- ${'$'}{_g_line##*) }
    case $1 in '' | Z | X) ;; *) _g_leaders="$_g_leaders$3 $4 " ;; esac
  done
}

# Whether something of the attempt that we are in runs: also what has closed all that it inherited, as sudo and daemons do.
_g_still() {
  if _g_supervised || _g_live; then return 0; fi
  [ "$_g_kind" = supervisor ] && [ "$_g_where" = "$_g_boot" ] || return 1
  case $_g_leaders in *" $_g_pid "*) return 0 ;; esac
  return 1
}
`;

/**
 * The masking filter of another machine, where there is no node: `awk`, in the supervisor's place for one.
 *
 * It finds a value, each of its lines from four characters on, and these in small letters; each of them also as JSON, in a URL, in HTML,
 * behind a shell's quotes, in hexadecimal digits, and in base64 at any offset. It finds them over the borders of what is written at
 * a time, and over line breaks that are part of the value.
 * It does not find what mixes two such spellings in one value, or breaks base64 or hexadecimal digits into lines: the filter of this machine does
 * (`diagnostics/secret-forms.ts`). Where awk is mawk or busybox, what stands behind a NUL byte in a line is not kept.
 *
 * Invariants:
 * - The values come through descriptor 4 and are in the environment of the filter alone, beside that of the command which is given them
 *   anyway: in no words, on no disk.
 * - No byte reaches a log unmasked. What was cut off of the values begins nothing.
 * - A line is written when it is whole, and held back only while it may begin a value of several lines.
 */
import { literalsOf } from '../../diagnostics/secret-literals.ts';
import { toolPath } from './far-tools.ts';

/** More than this is no value for an environment. */
const formsBytesMax = 100_000;

/** What the filter is told of `secrets`; null: it is more than it takes. */
export function formsText(secrets: readonly string[]): string | null {
  const lines = [...new Set(secrets.flatMap(literalsOf))]
    .sort((one, other) => other.length - one.length)
    .map((form) => `=${form.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n`);
  const text = `${lines.join('')}.`;
  return Buffer.byteLength(text) > formsBytesMax ? null : text;
}

/**
 * The filter as a file for `sh`, which the supervisor runs as it runs the one of this machine: 0 the command's output, 6 its errors, 5 and 3 the logs
 * that these go to, 4 the values, 1 where it tells its pid, 8 where it answers. The process that tells it becomes the awk of the output.
 */
export function maskText(marker: string, split: boolean): string {
  return `trap '' HUP INT QUIT ALRM TERM USR1 USR2
PATH=${toolPath} LC_ALL=C
export PATH LC_ALL
FORMS=
while IFS= read -r line <&4; do FORMS="$FORMS$line
"; done
exec 4<&-
case $FORMS in *'
.
' | '.
') ;; *) exit 1 ;; esac
export FORMS
how=
case $(awk -W version 2>&1 </dev/null) in mawk*) how='-W interactive' ;; esac
program='${program}'
${split ? splitText(marker) : ''}
echo $$
exec awk $how -v marker=${marker} -v other=${split ? '1' : "''"} "$program" >&5 3>&- 5>&- 6<&-
`;
}

/** The awk of the errors says when it has seen the marker, and the other answers for both. */
const splitText = (marker: string): string => `two=\${0%/*}/mask.two
mkfifo -m 600 "$two" || exit 1
exec 7<>"$two" 9<&6
awk $how -v marker=${marker} -v other= "$program" <&9 >&3 3>&- 5>&- 6<&- 7>&- 8>"$two" 9<&- &
exec 7<"$two" 9<&-
rm -f "$two"`;

/** In single quotes, so without any. `\\047` would be one. */
const program = String.raw`
function decoded(text,   out, at) {
  out = ""
  while ((at = index(text, "\\")) > 0) {
    out = out substr(text, 1, at - 1) (substr(text, at + 1, 1) == "n" ? "\n" : "\\")
    text = substr(text, at + 2)
  }
  return out text
}
# How much of the end of what is held may begin a value of several lines.
function beginning(   i, from, most, length_, cut) {
  most = 0
  length_ = length(held)
  for (i = 1; i <= count; i++) {
    if (!several[i]) continue
    from = 0
    while ((cut = index(substr(form[i], from + 1), "\n")) > 0) {
      from += cut
      if (from >= length(form[i]) || from > length_) break
      if (from > most && substr(held, length_ - from + 1) == substr(form[i], 1, from)) most = from
    }
  }
  return most
}
# Where the first value from there on begins and ends, with those that begin inside it.
function find(from,   i, at, rest, more) {
  start = 0
  rest = substr(held, from)
  for (i = 1; i <= count; i++) {
    at = index(rest, form[i])
    if (at > 0 && (start == 0 || from + at - 1 < start)) { start = from + at - 1; end = start + length(form[i]) }
  }
  if (start == 0) return 0
  more = 1
  while (more) {
    more = 0
    for (i = 1; i <= count; i++) {
      at = start
      while ((rest = index(substr(held, at, end - at + length(form[i])), form[i])) > 0) {
        at = at + rest - 1
        if (at >= end) break
        if (at + length(form[i]) > end) { end = at + length(form[i]); more = 1 }
        at++
      }
    }
  }
  return start
}
function pass(text, last,   out, from, limit, keep) {
  held = held text
  keep = last ? 0 : beginning()
  limit = length(held) - keep + 1
  out = ""
  from = 1
  while (find(from) && start < limit) {
    if (end > limit) { limit = start; break }
    out = out substr(held, from, start - from) "\342\200\242\342\200\242\342\200\242"
    from = end
  }
  printf "%s%s", out, substr(held, from, limit - from)
  fflush()
  held = substr(held, limit)
}
BEGIN {
  held = ""
  all = split(ENVIRON["FORMS"], lines, "\n")
  for (i = 1; i <= all; i++) if (substr(lines[i], 1, 1) == "=") {
    form[++count] = decoded(substr(lines[i], 2))
    several[count] = index(form[count], "\n") > 0
  }
  ENVIRON["FORMS"] = ""
}
{
  at = length($0) - length(marker) + 1
  if (!marked && at > 0 && substr($0, at) == marker) {
    marked = 1
    pass(substr($0, 1, at - 1), 1)
    if (other != "") if ((getline answer < "/dev/fd/7") <= 0) exit 1
    print "" > "/dev/fd/8"
    close("/dev/fd/8")
  } else pass($0 "\n", 0)
}
END { if (held != "") pass("", 1) }
`;

/**
 * A recorded shell session: what `script` wrote, with marks that the shell put between (`shell.ts`), as the commands that were given.
 *
 * Invariants:
 * - Marks carry the session's own word, so that output which looks like one is output.
 * - What was typed while a command ran is no output of it: the terminal shows it there, and it is what was given next.
 * - What was cut off in the middle, by a crash or by `exit`, is no command: its end was not seen.
 */

/** A command as it was given. */
export interface Recorded {
  readonly command: string;
  /** What the terminal showed of it, as plain text. */
  readonly output: string;
  readonly exit: number;
  /** Folder in which it was given, absolute. */
  readonly cwd: string;
  /** Null: it is not to become a step. Empty: a step without a title of its own. */
  readonly title: string | null;
}

/**
 * The commands of a session that began in `cwd`. `nonce`: its own word. `typedAt`: offsets at which something was typed, ascending;
 * null: that is not known, and what looks as if it was typed into an output is taken for that.
 */
export function commandsIn(
  typescript: string,
  nonce: string,
  cwd: string,
  typedAt: readonly number[] | null = null,
): readonly Recorded[] {
  const commands: (Recorded & { readonly typedInto: boolean })[] = [];
  const isTypedIn = (start: number, end: number): boolean =>
    typedAt === null || typedAt.some((offset) => offset >= start && offset < end);
  /** Whatever was given, `keep` too, and the command in whose output the terminal may have shown it. */
  const given: { readonly text: string; readonly before: number }[] = [];
  let here = cwd;
  let begun: number | null = null;
  let keeping = false;
  const marks = typescript.matchAll(new RegExp(`\u001b\\]7711;${nonce};([a-z]+)((?:;[A-Za-z0-9+/=]*)*)\u0007`, 'g'));
  for (const { 0: mark, 1: kind, 2: rest = '', index } of marks) {
    const [, first = '', second = '', third = ''] = rest.split(';');
    if (kind === 'begin') {
      begun = index + mark.length;
      keeping = false;
    } else if (kind === 'keep') {
      keeping = true;
      const last = commands.pop();
      if (last !== undefined) commands.push({ ...last, title: textOf(first).trim() });
    } else if (kind === 'end') {
      const command = textOf(third)
        .replace(/^\s*\d+\*?\s+/, '')
        .trimEnd();
      if (begun !== null && command !== '') given.push({ text: command, before: commands.length - 1 });
      if (begun !== null && !keeping && command !== '') {
        const output = plainText(typescript.slice(begun, index));
        const typedInto = isTypedIn(begun, index);
        commands.push({ command, output, exit: Number(first), cwd: here, title: null, typedInto });
      }
      here = textOf(second) || here;
      begun = null;
    }
  }
  return commands.map(({ typedInto, ...one }, index) => {
    if (!typedInto) return one;
    const next = given.filter(({ before }) => before >= index).map(({ text }) => text);
    return { ...one, output: withoutTyped(one.output, next) };
  });
}

/** `output` without the commands in `next` that were typed into it, in their order; the last may be a part of one. */
function withoutTyped(output: string, next: readonly string[]): string {
  let lines = output.split('\n');
  for (const command of next) {
    const typed = command.split('\n').map((line) => line.trimEnd());
    const at = lines.findIndex((_, index) =>
      typed.every((line, offset) => isTyped(lines[index + offset], line, offset)),
    );
    if (at === -1) {
      const last = lines.at(-1) ?? '';
      const part = last.trimStart();
      if (part !== '' && command.startsWith(part)) lines = lines.slice(0, -1);
      break;
    }
    const before = (lines[at] ?? '').slice(0, -(typed[0] ?? '').length);
    lines = [...lines.slice(0, at), ...(before === '' ? [] : [before]), ...lines.slice(at + typed.length)];
  }
  return lines.join('\n').trim();
}

/** Is `shown` the line `typed`? The first line of a command may stand behind what its forerunner had printed on that line. */
function isTyped(shown: string | undefined, typed: string, offset: number): boolean {
  if (shown === undefined) return false;
  return shown === typed || (offset === 0 && typed.length > 2 && shown.endsWith(typed));
}

/** UTF-8 text in base64; what is no text reads as none. */
function textOf(base64: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(base64), (character) => character.codePointAt(0) ?? 0));
  } catch {
    return '';
  }
}

/** What a person saw: no colours, no titles, of a line that was written over the last state. */
function plainText(stream: string): string {
  if (stream.includes('\u001b[?1049h')) return '';
  const plain = stream
    .replaceAll(/\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)/g, '')
    .replaceAll(/\u001b\[[0-?]*[ -/]*[@-~]/g, '')
    .replaceAll(/\u001b[ -/]*[0-~]/g, '');
  const lines = plain.replaceAll(/\r+\n/g, '\n').split('\n');
  const shown = lines.map((line) => {
    const last = line.replace(/\r+$/, '').split('\r').at(-1) ?? '';
    return withoutBackspaces(last).trimEnd();
  });
  return shown.join('\n').trim();
}

function withoutBackspaces(line: string): string {
  let shown = '';
  for (const character of line) shown = character === '\b' ? shown.slice(0, -1) : shown + character;
  return shown;
}

/** Which variables a shell script reads, as far as that can be seen without running it. */

export interface Read {
  readonly name: string;
  /** UTF-16 offsets of `$name` in the script. */
  readonly start: number;
  readonly end: number;
}

/**
 * `$name` and `${name}` of every name that the script does not set itself. Forms that stand for an unset variable
 * (`${name:-x}`, `${name+x}`) are left out, and so is what single quotes or a backslash hide from the shell.
 */
export function variablesRead(script: string): readonly Read[] {
  if (!script.includes('$')) return [];
  const set = namesSet(script);
  const reads = [
    ...withoutLiterals(script).matchAll(/(?<!\\)\$(?:([a-z][a-z0-9_]*)|\{#?([a-z][a-z0-9_]*)(?![a-z0-9_:+?=-]))/g),
  ];
  return reads.flatMap(({ 0: whole, 1: plain, 2: braced, index }) => {
    const name = plain ?? braced ?? '';
    if (set.has(name)) return [];
    const closes = plain === undefined && script[index + whole.length] === '}';
    return [{ name, start: index, end: index + whole.length + (closes ? 1 : 0) }];
  });
}

function namesSet(script: string): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [, name] of script.matchAll(/(?:^|[\s;&|({`"'])([a-z][a-z0-9_]*)\+?=/g)) names.add(name ?? '');
  for (const [, words] of script.matchAll(
    /\b(?:read|mapfile|readarray|local|declare|export|for|select|printf -v)\s+([^\n;|&]*)/g,
  )) {
    for (const [name] of (words ?? '').matchAll(/[a-z][a-z0-9_]*/g)) names.add(name);
  }
  return names;
}

/** The script with single-quoted text blanked out. A quote inside double quotes is an ordinary character. */
function withoutLiterals(script: string): string {
  return script.replace(/\\.|"(?:\\.|[^"\\])*"|'[^']*'|(?<=\s)#[^\n]*/gs, (part) =>
    part.startsWith("'") || part.startsWith('#') ? ' '.repeat(part.length) : part,
  );
}

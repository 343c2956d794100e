/** A command that a pipeline runs, and how it gets there. */

/** A line of a file. */
export interface Place {
  readonly path: string;
  /** From 1. */
  readonly line: number;
}

/**
 * `run`: a line of a script. `uses`: something ready-made that a step takes (an action, an orb, a plug-in). `image`: a container that
 * runs beside or around the commands. `prints`: a step that does nothing but print.
 */
export interface Command {
  readonly kind: 'run' | 'uses' | 'image' | 'prints';
  /** One line, trimmed, never empty. */
  readonly text: string;
  /** Where it stands: in the pipeline first, then in each file that leads on. Never empty. */
  readonly places: readonly Place[];
}

/** What one file says: a command at a line of it, and the folder that it runs in, from the root; `''` is the root. */
export interface Step {
  readonly kind: Command['kind'];
  readonly text: string;
  readonly line: number;
  readonly folder: string;
}

/** `.github/workflows/ci.yml:12 > scripts/test.sh:4: pytest -q`; images and ready-made things say what they are. */
export function commandText({ kind, text, places }: Command): string {
  const where = places.map(({ path, line }) => `${path}:${line}`).join(' > ');
  return `${where}: ${kind === 'run' ? '' : `${kind} `}${text}`;
}

/** `a/b/../c`, `./c` → a path from the root; null when it leads out of it. */
export function normalised(path: string): string | null {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return null;
  }
  return parts.join('/');
}

/** Lines of a shell script as commands: continued lines joined, comments and what only prints left out. `first`: number of the first. */
export function shellSteps(lines: readonly string[], first: number, folder: string): readonly Step[] {
  const steps: Step[] = [];
  let joined = '';
  let start = first;
  let inside = folder;
  for (const [index, written] of lines.entries()) {
    const line = written.trim();
    if (joined === '') start = first + index;
    if (line.endsWith('\\')) {
      joined += `${line.slice(0, -1)} `;
      continue;
    }
    const text = `${joined}${line}`.trim();
    joined = '';
    if (doesSomething(text)) steps.push({ kind: 'run', text, line: start, folder: inside });
    inside = folderAfter(text, inside);
  }
  if (doesSomething(joined.trim())) steps.push({ kind: 'run', text: joined.trim(), line: start, folder: inside });
  return steps;
}

/** Where the shell is after `text`, which it ran in `folder`: what stands in parentheses leads it nowhere. */
export function folderAfter(text: string, folder: string): string {
  let inside = folder;
  for (const part of text.replaceAll(/\([^)]*\)/g, '').split(/&&|;/)) {
    const to = /^\s*(?:cd|pushd)\s+["']?([\w./-]+)["']?\s*$/.exec(part)?.[1];
    if (to !== undefined && !to.startsWith('/')) inside = normalised(`${inside}/${to}`) ?? inside;
  }
  return inside;
}

/** A comment does nothing, and a line that only prints has tested and deployed nothing. */
function doesSomething(text: string): boolean {
  if (text === '' || text.startsWith('#')) return false;
  return !/^(echo|printf|print|Write-(Host|Output))\b(?!.*(\||>>?\s*[^&\s]|&&|;\s*\w|\$\())/.test(text);
}

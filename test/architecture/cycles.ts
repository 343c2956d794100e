/** Which files reach themselves through their imports. */
import type { Source } from './sources.ts';

/**
 * Groups of files of which each imports, in some steps, every other of its group; imports of types count. Files in a group
 * and groups themselves are in code-unit order. Empty when no file reaches itself.
 */
export function importCycles(sources: readonly Pick<Source, 'path' | 'imports'>[]): readonly (readonly string[])[] {
  const targets = new Map(sources.map(({ path, imports }) => [path, imports.map(({ target }) => target)]));
  const reached = new Map(sources.map(({ path }) => [path, reachedFrom(path, targets)]));
  const groups = sources
    .map(({ path }) => path)
    .filter((path) => reached.get(path)?.has(path))
    .map((path) => [...targets.keys()].filter((other) => reaches(reached, path, other)).sort());
  return [...new Map(groups.map((group) => [group.join(' '), group])).values()].sort(([a = ''], [b = '']) =>
    a < b ? -1 : 1,
  );
}

function reaches(reached: ReadonlyMap<string, ReadonlySet<string>>, a: string, b: string): boolean {
  return reached.get(a)?.has(b) === true && reached.get(b)?.has(a) === true;
}

/** `start` itself only when an import leads back to it. */
function reachedFrom(start: string, targets: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const found = new Set(targets.get(start));
  for (const path of found) for (const next of targets.get(path) ?? []) found.add(next);
  return found;
}

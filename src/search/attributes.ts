/**
 * What `.gitattributes` says of files for linguist: vendored, generated, documentation.
 *
 * Invariants:
 * - As in git: the last line that matches decides, a deeper file before a higher one.
 * - A file that cannot be read says nothing.
 *
 * Source: gitattributes(5); linguist, "Overrides".
 */
import { type FileFacts, type FileLooks, HostError } from '../host/host.ts';
import { gitPattern, type MatchesPath } from './git-pattern.ts';
import type { SetName } from './sets.ts';

export interface Attributes {
  /** Whether `path` (from `root`, absolute) is in `set`; null where nothing says so. */
  of(root: string, path: string, set: SetName): Promise<boolean | null>;
}

const named: Readonly<Record<string, SetName>> = {
  'linguist-vendored': 'vendored',
  'linguist-generated': 'generated',
  'linguist-documentation': 'docs',
};

interface Line {
  readonly matches: MatchesPath;
  readonly says: ReadonlyMap<SetName, boolean>;
}

/** Reads the attribute files under the root that it is asked about; each once. `facts` may answer from memory. */
export function attributes(
  files: FileLooks,
  facts: (path: string) => FileFacts | null | Promise<FileFacts | null>,
): Attributes {
  const known = new Map<string, Promise<readonly Line[]>>();

  const read = async (path: string): Promise<readonly Line[]> => {
    try {
      return (await facts(path)) === null ? [] : parse(new TextDecoder().decode(await files.read(path)));
    } catch (error) {
      if (error instanceof HostError) return [];
      throw error;
    }
  };
  const linesOf = (folder: string): Promise<readonly Line[]> => {
    const lines = known.get(folder) ?? read(`${folder}/.gitattributes`);
    known.set(folder, lines);
    return lines;
  };

  return {
    of: async (root, path, set) => {
      const parts = path.split('/');
      const name = parts.at(-1) ?? '';
      for (let depth = parts.length - 1; depth >= 0; depth -= 1) {
        const folder = [root, ...parts.slice(0, depth)].join('/');
        const below = parts.slice(depth).join('/');
        const lines = await linesOf(folder);
        const line = lines.findLast(({ matches, says }) => says.has(set) && matches(below, name));
        if (line !== undefined) return line.says.get(set) ?? null;
      }
      return null;
    },
  };
}

function parse(text: string): readonly Line[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const [pattern = '', ...words] = line.trim().split(/\s+/);
    const says = new Map(words.flatMap(said));
    const matches = pattern.startsWith('#') || says.size === 0 ? null : gitPattern(pattern);
    return matches === null ? [] : [{ matches, says }];
  });
}

/** `linguist-vendored`, `-linguist-vendored`, `linguist-vendored=false`. */
function said(word: string): readonly (readonly [SetName, boolean])[] {
  const match = /^(-?)(linguist-[a-z]+)(?:=(true|false))?$/.exec(word);
  const set = named[match?.[2] ?? ''];
  return set === undefined ? [] : [[set, match?.[1] === '' && match[3] !== 'false']];
}

/**
 * What `.gitignore` files leave out of a listing.
 *
 * Invariants:
 * - As in git: the last rule that matches decides, a deeper file before a higher one, and what is in a folder that is left
 *   out is left out too (whoever walks does not enter it).
 * - Rules come from the folder that holds `.git` downwards, with its `info/exclude`; without one, from the folder of the walk.
 * - As in git: what is tracked is not left out, whatever a rule says.
 * - A rule file that cannot be read has no rules.
 *
 * - Time is linear in the length of a path, whatever the rule.
 *
 * No library: ignore 7 takes 12 s for a rule with six `**` and a path of sixty folders, and a repository that is looked at may
 * be anybody's.
 *
 * Source: gitignore(5).
 */
import { type FileFacts, type FileLooks, HostError } from '../host/host.ts';
import { gitPattern, type MatchesPath } from './git-pattern.ts';
import { nothingTracked, type Tracked, trackedIn } from './tracked.ts';

export interface Ignore {
  /** The rules that hold in `folder`, absolute; `root` is where the walk began, absolute. */
  rulesIn(folder: string, root: string): Promise<Rules>;
}

export interface Rules {
  /** True when the entry `name` of the folder is left out. */
  leavesOut(name: string, isFolder: boolean): boolean;
}

interface Rule {
  readonly negated: boolean;
  readonly foldersOnly: boolean;
  readonly matches: MatchesPath;
}

/** The rules of one folder with those above it. `path`: absolute, without a slash at its end. */
class Level implements Rules {
  readonly #path: string;
  readonly #own: readonly Rule[];
  readonly #above: Level | null;
  readonly #top: Top;
  readonly #isRuledOut: boolean;

  constructor(path: string, own: readonly Rule[], above: Level | null, top: Top) {
    this.#path = path;
    this.#own = own;
    this.#above = above;
    this.#top = top;
    const name = path.slice(path.lastIndexOf('/') + 1);
    this.#isRuledOut = above === null ? false : above.#ruledOut(name, true);
  }

  leavesOut(name: string, isFolder: boolean): boolean {
    return (
      this.#ruledOut(name, isFolder) && !this.#top.tracked.has(`${this.#path}/${name}`.slice(this.#top.path.length + 1))
    );
  }

  /** What is in a folder that the rules leave out is left out too, where something tracked leads into it. */
  #ruledOut(name: string, isFolder: boolean): boolean {
    return this.#isRuledOut || (this.#decides(`${this.#path}/${name}`, name, isFolder) ?? false);
  }

  #decides(full: string, name: string, isFolder: boolean): boolean | null {
    const path = full.slice(this.#path.length + 1);
    const rule = this.#own.findLast((one) => (isFolder || !one.foldersOnly) && one.matches(path, name));
    if (rule !== undefined) return !rule.negated;
    return this.#above === null ? null : this.#above.#decides(full, name, isFolder);
  }
}

/** The folder whose rules come first, and what is tracked below it. */
interface Top {
  readonly path: string;
  readonly tracked: Tracked;
}

const depthMax = 256;

/** Reads rule files with `files`; `facts` may answer from memory. */
export function ignoring(
  files: FileLooks,
  facts: (path: string) => FileFacts | null | Promise<FileFacts | null>,
): Ignore {
  const levels = new Map<string, Promise<Level>>();

  const exists = async (path: string): Promise<boolean> => {
    try {
      return (await facts(path)) !== null;
    } catch (error) {
      if (error instanceof HostError) return false;
      throw error;
    }
  };

  const rulesOf = async (path: string): Promise<readonly Rule[]> => {
    try {
      return (await exists(path)) ? parse(new TextDecoder().decode(await files.read(path))) : [];
    } catch (error) {
      if (error instanceof HostError) return [];
      throw error;
    }
  };

  const top = async (root: string): Promise<Top> => {
    let folder = root;
    for (let depth = 0; depth < depthMax; depth += 1) {
      if (await exists(`${folder}/.git`)) return { path: folder, tracked: await trackedIn(files, folder) };
      if (folder === '') break;
      folder = folder.slice(0, folder.lastIndexOf('/'));
    }
    return { path: root, tracked: nothingTracked };
  };

  const level = async (folder: string, highest: Top): Promise<Level> => {
    const own = await rulesOf(`${folder}/.gitignore`);
    if (folder !== highest.path)
      return new Level(folder, own, await at(folder.slice(0, folder.lastIndexOf('/')), highest), highest);
    return new Level(folder, [...(await rulesOf(`${folder}/.git/info/exclude`)), ...own], null, highest);
  };

  const at = (folder: string, highest: Top): Promise<Level> => {
    const key = `${highest.path}\n${folder}`;
    const known = levels.get(key) ?? level(folder, highest);
    levels.set(key, known);
    return known;
  };

  const tops = new Map<string, Promise<Top>>();
  return {
    rulesIn: async (folder, root) => {
      const known = tops.get(root) ?? top(root);
      tops.set(root, known);
      const highest = await known;
      const inside = folder === highest.path || folder.startsWith(`${highest.path}/`);
      return inside ? at(folder, highest) : new Level(folder, [], null, highest);
    },
  };
}

function parse(text: string): readonly Rule[] {
  return text.split('\n').flatMap((line) => parseRule(line.endsWith('\r') ? line.slice(0, -1) : line) ?? []);
}

function parseRule(line: string): Rule | null {
  let source = withoutTrailingSpaces(line);
  if (source === '' || source.startsWith('#')) return null;
  const negated = source.startsWith('!');
  if (negated) source = source.slice(1);
  const foldersOnly = source.endsWith('/');
  if (foldersOnly) source = source.slice(0, -1);
  const matches = gitPattern(source);
  return matches === null ? null : { negated, foldersOnly, matches };
}

/** A space at the end counts only after a backslash. */
function withoutTrailingSpaces(line: string): string {
  let end = line.length;
  while (end > 0 && line[end - 1] === ' ' && line[end - 2] !== '\\') end -= 1;
  return line.slice(0, end);
}

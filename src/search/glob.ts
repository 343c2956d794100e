/**
 * FileLooks by pattern: `*`, `?`, `[abc]`, `{a,b}` within a path segment, `**` for any number of folders.
 *
 * Invariants:
 * - As in a shell, a wildcard does not match a leading dot; a segment that begins with a dot does. `**` goes into folders that
 *   begin with a dot too, and the wildcards after it match such names: what is looked for everywhere is found everywhere.
 * - No wildcard leads to an entry `.git`.
 * - `**` does not follow symbolic links, so the walk ends; at most `entriesMax` entries are looked at for one pattern.
 * - Where the listing respects ignore files, no wildcard matches what they leave out, and `**` does not enter it; what a
 *   pattern names letter by letter is found all the same.
 * - Time is linear in what is walked, whatever the pattern: a segment is matched by the linear engine.
 * - Results are sorted by code unit and each path appears once, written as the pattern was: from the folder or absolute.
 *
 * No library: picomatch 4 takes 6.6 s for `*a*a*a*a*a*a*b` against sixty letters (ten times more for each further star), and
 * the packages that walk list folders by themselves, while the items of a checklist share one listing.
 */

import { type FileFacts, HostError } from '../host/host.ts';
import { compileRegex } from '../runbook/regex.ts';
import { fromCwd } from './from-cwd.ts';
import { segmentPattern } from './glob-pattern.ts';
import type { Rules } from './ignore.ts';
import type { WayOut } from './inside.ts';
import type { Listing } from './listing.ts';

export interface Found {
  /** As the pattern was written: from the folder or absolute. */
  readonly path: string;
  /** Absolute. */
  readonly full: string;
  readonly facts: FileFacts;
  /** Where it leads, of a symbolic link that leaves the folder that is looked at. */
  readonly leaves?: WayOut;
}

export type GlobResult =
  | { readonly ok: true; readonly found: readonly Found[] }
  | { readonly ok: false; readonly message: string };

const entriesMax = 200_000;
const looksAhead = 64;

/** What matches one of `patterns` under `cwd` and none of `except`. A folder that may not be read is a failure. */
export async function glob(
  listing: Listing,
  cwd: string,
  patterns: readonly string[],
  except: readonly string[],
): Promise<GlobResult> {
  try {
    const walk = new Walk(listing, cwd, except.flatMap(braces).map(compilePath));
    for (const pattern of patterns.flatMap(braces)) await walk.pattern(pattern);
    return { ok: true, found: walk.sorted() };
  } catch (error) {
    if (error instanceof GlobError || error instanceof HostError) return { ok: false, message: error.message };
    throw error;
  }
}

class GlobError extends Error {
  override readonly name = 'GlobError';
}

type Matches = (name: string) => boolean;
type Segment =
  | { readonly kind: 'literal'; readonly name: string }
  | { readonly kind: 'pattern'; readonly matches: Matches }
  | { readonly kind: 'any-folders' };

class Walk {
  readonly #listing: Listing;
  readonly #cwd: string;
  readonly #except: readonly Matches[];
  readonly #found = new Map<string, FileFacts>();
  #looked = 0;

  constructor(listing: Listing, cwd: string, except: readonly Matches[]) {
    this.#listing = listing;
    this.#cwd = cwd;
    this.#except = except;
  }

  async pattern(pattern: string): Promise<void> {
    this.#looked = 0;
    const root = pattern.startsWith('/') ? '/' : '';
    const segments = pattern.split('/').filter((segment) => segment !== '' && segment !== '.');
    const everywhere = segments.indexOf('**');
    const compiled = segments.map((segment, index) => segmentOf(segment, everywhere !== -1 && index > everywhere));
    await this.#visit(root, compiled, false);
  }

  sorted(): Found[] {
    return [...this.#found]
      .map(([path, facts]) => ({ path, full: fromCwd(this.#cwd, path), facts }))
      .sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** `below`: a wildcard led to `folder`, so nothing that is left out is found in it. */
  async #visit(folder: string, segments: readonly Segment[], below: boolean): Promise<void> {
    const [first, ...rest] = segments;
    if (first?.kind === 'literal' && !(below && (await this.#isMissing(folder, first.name)))) {
      await this.#literal(folder, first.name, rest, below);
    }
    if (first === undefined || first.kind === 'literal') return;
    if (first.kind === 'any-folders' && rest.length > 0) await this.#visit(folder, rest, true);
    const names = await this.#names(folder);
    const rules = names.length === 0 ? null : await this.#rulesIn(folder);
    if (first.kind === 'any-folders') await this.#lookAhead(folder, names);
    for (const name of names) {
      const path = join(folder, name);
      if (name === '.git' || (first.kind === 'pattern' && !first.matches(name))) continue;
      if (await this.#leftOut(rules, path, name)) continue;
      if (first.kind === 'pattern') await this.#literal(folder, name, rest, true);
      else await this.#below(path, segments);
    }
  }

  async #rulesIn(folder: string): Promise<Rules | null> {
    const { ignore } = this.#listing;
    return ignore === null ? null : ignore.rulesIn(absolute(this.#cwd, folder), absolute(this.#cwd, ''));
  }

  async #leftOut(rules: Rules | null, path: string, name: string): Promise<boolean> {
    if (rules === null) return false;
    const [asFile, asFolder] = [rules.leavesOut(name, false), rules.leavesOut(name, true)];
    return asFile === asFolder ? asFile : (await this.#facts(path))?.kind === 'directory' ? asFolder : asFile;
  }

  /** A folder that was walked is known by its names, so the disk is not asked about each name that is not there. */
  async #isMissing(folder: string, name: string): Promise<boolean> {
    if (!(await this.#names(folder)).includes(name)) return true;
    return this.#leftOut(await this.#rulesIn(folder), join(folder, name), name);
  }

  /** Asks for the facts about all of a folder's entries at once; each is waited for when its turn comes. */
  async #lookAhead(folder: string, names: readonly string[]): Promise<void> {
    for (let at = 0; at < names.length; at += looksAhead) {
      const some = names.slice(at, at + looksAhead).filter((name) => name !== '.git');
      await Promise.allSettled(some.map((name) => this.#listing.facts(fromCwd(this.#cwd, join(folder, name)))));
    }
  }

  async #literal(folder: string, name: string, rest: readonly Segment[], below: boolean): Promise<void> {
    const path = join(folder, name);
    const facts = rest.length > 0 ? null : await this.#facts(path);
    if (facts !== null) this.#found.set(path, facts);
    if (rest.length > 0) await this.#visit(path, rest, below);
  }

  /** One entry under `**`: a file when nothing follows it, a folder to go on in. */
  async #below(path: string, segments: readonly Segment[]): Promise<void> {
    const facts = await this.#facts(path);
    if (facts === null) return;
    if (facts.kind === 'directory') await this.#visit(path, segments, true);
    else if (segments.length === 1) this.#found.set(path, facts);
  }

  /** Null for what does not exist or is excluded; an excluded folder is not walked. */
  async #facts(path: string): Promise<FileFacts | null> {
    this.#looked += 1;
    if (this.#looked > entriesMax) throw new GlobError(`more than ${entriesMax} files; make the pattern narrower`);
    if (this.#except.some((matches) => matches(path))) return null;
    try {
      return await this.#listing.facts(fromCwd(this.#cwd, path));
    } catch (error) {
      if (isNoFolder(error)) return null;
      throw error;
    }
  }

  async #names(folder: string): Promise<readonly string[]> {
    if (folder !== '' && this.#except.some((matches) => matches(folder))) return [];
    try {
      return await this.#listing.list(fromCwd(this.#cwd, folder === '' ? '.' : folder));
    } catch (error) {
      if (isNoFolder(error)) return [];
      throw error;
    }
  }
}

function isNoFolder(error: unknown): boolean {
  return error instanceof HostError && (error.code === 'not-found' || error.code === 'not-directory');
}

/** Without a slash at its end, so `''` is the root of the file system. */
function absolute(cwd: string, folder: string): string {
  const path = folder === '' ? cwd : fromCwd(cwd, folder);
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

function join(folder: string, name: string): string {
  return folder === '' || folder.endsWith('/') ? `${folder}${name}` : `${folder}/${name}`;
}

/** `dots`: also a wildcard at the beginning matches a leading dot. */
function segmentOf(segment: string, dots: boolean): Segment {
  if (segment === '**') return { kind: 'any-folders' };
  if (!/[*?[]/.test(segment)) return { kind: 'literal', name: segment };
  const matches = compile(segmentPattern(segment));
  const named = dots || segment.startsWith('.');
  return { kind: 'pattern', matches: (name) => (named || !name.startsWith('.')) && matches(name) };
}

/** A whole path, for exclusions; `folder/**` also excludes the folder itself, so that it is not walked. */
function compilePath(pattern: string): Matches {
  const parts = pattern.split('/').filter((part) => part !== '.');
  const last = parts.at(-1) === '**' ? parts.slice(0, -1) : parts;
  const source = last.map((part, index) => {
    const slash = index === last.length - 1 ? '' : '/';
    return part === '**' ? '(?:[^/]+/)*' : segmentPattern(part) + slash;
  });
  return compile(source.join('') + (last.length < parts.length ? '(?:/.*)?' : ''));
}

function compile(source: string): Matches {
  const compiled = compileRegex(`(?s)${source}`);
  if (!compiled.ok) throw new GlobError(`wrong pattern: ${compiled.message}`);
  return (name) => compiled.regex.matchesWhole(name);
}

const bracesMax = 1000;

/** `a{b,c}d` as `abd` and `acd`; braces may nest. Unbalanced ones stand for themselves. */
function braces(pattern: string): string[] {
  const done: string[] = [];
  const open = [pattern];
  while (open.length > 0) {
    const next = open.shift() ?? '';
    const parts = innermost(next);
    if (parts === null) done.push(next);
    else open.push(...parts.choices.map((choice) => parts.before + choice + parts.after));
    if (open.length + done.length > bracesMax) throw new GlobError(`${pattern} stands for too many patterns`);
  }
  return [...new Set(done)];
}

function innermost(pattern: string): { before: string; choices: string[]; after: string } | null {
  const close = pattern.indexOf('}');
  const open = close === -1 ? -1 : pattern.lastIndexOf('{', close);
  if (open === -1) return null;
  const inside = pattern.slice(open + 1, close);
  return { before: pattern.slice(0, open), choices: inside.split(','), after: pattern.slice(close + 1) };
}

/**
 * Files by pattern: `*`, `?`, `[abc]`, `{a,b}` within a path segment, `**` for any number of folders.
 *
 * Invariants:
 * - As in a shell, a wildcard does not match a leading dot; a segment that begins with a dot does.
 * - `**` does not follow symbolic links, so the walk ends; at most `entriesMax` entries are looked at.
 * - Results are sorted by code unit and each path appears once, written as the pattern was: from the folder or absolute.
 */
import { type FileFacts, type Files, HostError } from '../host/host.ts';
import { compileRegex } from '../runbook/regex.ts';
import { fromCwd } from './reading.ts';

export interface Found {
  readonly path: string;
  readonly facts: FileFacts;
}

export type GlobResult =
  | { readonly ok: true; readonly found: readonly Found[] }
  | { readonly ok: false; readonly message: string };

const entriesMax = 200_000;

/** What matches one of `patterns` under `cwd` and none of `except`. A folder that may not be read is a failure. */
export async function glob(
  files: Files,
  cwd: string,
  patterns: readonly string[],
  except: readonly string[],
): Promise<GlobResult> {
  try {
    const walk = new Walk(files, cwd, except.flatMap(braces).map(compilePath));
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
  readonly #files: Files;
  readonly #cwd: string;
  readonly #except: readonly Matches[];
  readonly #found = new Map<string, FileFacts>();
  #looked = 0;

  constructor(files: Files, cwd: string, except: readonly Matches[]) {
    this.#files = files;
    this.#cwd = cwd;
    this.#except = except;
  }

  async pattern(pattern: string): Promise<void> {
    const root = pattern.startsWith('/') ? '/' : '';
    const segments = pattern.split('/').filter((segment) => segment !== '' && segment !== '.');
    await this.#visit(root, segments.map(segmentOf));
  }

  sorted(): Found[] {
    return [...this.#found].map(([path, facts]) => ({ path, facts })).sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  async #visit(folder: string, segments: readonly Segment[]): Promise<void> {
    const [first, ...rest] = segments;
    if (first?.kind === 'literal') await this.#literal(folder, first.name, rest);
    if (first === undefined || first.kind === 'literal') return;
    if (first.kind === 'any-folders' && rest.length > 0) await this.#visit(folder, rest);
    for (const name of await this.#names(folder)) {
      if (first.kind === 'pattern') {
        if (first.matches(name)) await this.#literal(folder, name, rest);
      } else if (!name.startsWith('.')) await this.#below(join(folder, name), segments);
    }
  }

  async #literal(folder: string, name: string, rest: readonly Segment[]): Promise<void> {
    const path = join(folder, name);
    const facts = rest.length > 0 ? null : await this.#facts(path);
    if (facts !== null) this.#found.set(path, facts);
    if (rest.length > 0) await this.#visit(path, rest);
  }

  /** One entry under `**`: a file when nothing follows it, a folder to go on in. */
  async #below(path: string, segments: readonly Segment[]): Promise<void> {
    const facts = await this.#facts(path);
    if (facts === null) return;
    if (facts.kind === 'directory') await this.#visit(path, segments);
    else if (segments.length === 1) this.#found.set(path, facts);
  }

  /** Null for what does not exist or is excluded; an excluded folder is not walked. */
  async #facts(path: string): Promise<FileFacts | null> {
    this.#looked += 1;
    if (this.#looked > entriesMax) throw new GlobError(`more than ${entriesMax} files; make the pattern narrower`);
    if (this.#except.some((matches) => matches(path))) return null;
    try {
      return await this.#files.facts(fromCwd(this.#cwd, path));
    } catch (error) {
      if (isNoFolder(error)) return null;
      throw error;
    }
  }

  async #names(folder: string): Promise<readonly string[]> {
    if (folder !== '' && this.#except.some((matches) => matches(folder))) return [];
    try {
      return await this.#files.list(fromCwd(this.#cwd, folder === '' ? '.' : folder));
    } catch (error) {
      if (isNoFolder(error)) return [];
      throw error;
    }
  }
}

function isNoFolder(error: unknown): boolean {
  return error instanceof HostError && (error.code === 'not-found' || error.code === 'not-directory');
}

function join(folder: string, name: string): string {
  return folder === '' || folder.endsWith('/') ? `${folder}${name}` : `${folder}/${name}`;
}

function segmentOf(segment: string): Segment {
  if (segment === '**') return { kind: 'any-folders' };
  if (!/[*?[]/.test(segment)) return { kind: 'literal', name: segment };
  const matches = compile(regexOf(segment));
  const dots = segment.startsWith('.');
  return { kind: 'pattern', matches: (name) => (dots || !name.startsWith('.')) && matches(name) };
}

/** A whole path, for exclusions; `folder/**` also excludes the folder itself, so that it is not walked. */
function compilePath(pattern: string): Matches {
  const parts = pattern.split('/').filter((part) => part !== '.');
  const last = parts.at(-1) === '**' ? parts.slice(0, -1) : parts;
  const source = last.map((part, index) => {
    const slash = index === last.length - 1 ? '' : '/';
    return part === '**' ? '(?:[^/]+/)*' : regexOf(part) + slash;
  });
  return compile(source.join('') + (last.length < parts.length ? '(?:/.*)?' : ''));
}

/** The pattern of one segment in the syntax of regular expressions. */
function regexOf(segment: string): string {
  let source = '';
  for (let at = 0; at < segment.length; at += 1) {
    const character = segment[at] ?? '';
    const close = character === '[' ? segment.indexOf(']', at + 2) : -1;
    if (character === '*') source += '[^/]*';
    else if (character === '?') source += '[^/]';
    else if (close !== -1) {
      const inside = segment
        .slice(at + 1, close)
        .replaceAll('\\', '\\\\')
        .replaceAll('[', '\\[');
      source += `[${inside.startsWith('!') ? `^${inside.slice(1)}` : inside}]`;
      at = close;
    } else source += character.replaceAll(/[\\^$.|?*+()[\]{}]/g, '\\$&');
  }
  return source;
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

/**
 * Which of the files that were found a search is about: by kind, without named sets, and without what gonogo itself brought.
 *
 * Invariants:
 * - A file that a pattern names letter by letter is never left out as ours: who names it means it.
 * - What is told of a file is told once, however many searches ask.
 * - A symbolic link is of no kind, save one that leaves the folder under a name of that kind: who searches has to say so.
 */
import type { Attributes } from './attributes.ts';
import type { Found, GlobResult } from './glob.ts';
import type { WayOut } from './inside.ts';
import { isOfKind, type Kind, mustBeRead } from './kinds.ts';
import { isInSet, type SetName, saysGenerated } from './sets.ts';
import type { SurveyedFile } from './surveyed-file.ts';

export interface Selection {
  readonly patterns: readonly string[];
  readonly except: readonly string[];
  /** Empty: of any kind. */
  readonly kinds: readonly Kind[];
  readonly exclude: readonly SetName[];
}

/** What a selection asks of the survey that it belongs to. */
export interface Readings {
  find(cwd: string, patterns: readonly string[], except: readonly string[]): Promise<GlobResult>;
  read(file: Found): SurveyedFile | Promise<SurveyedFile>;
  /** Where a symbolic link leads that leaves the folder that is looked at; null: it does not, or is none. */
  leaves(file: Found): Promise<WayOut | null> | null;
  readonly attributes: Attributes;
  /** Whether what gonogo brought is left out. */
  readonly withoutOurs: boolean;
}

/** Texts in which gonogo writes. */
const ours = /\.(ya?ml|md|html|jsonl?)$/;
const code = /\.[a-z]+$/i;
/** A list of packages says what is installed, whoever wrote it. */
const packageList = /(^|\/)requirements[^/]*\.txt$/;

export class Selector {
  readonly #readings: Readings;
  readonly #told = new Map<string, boolean>();

  constructor(readings: Readings) {
    this.#readings = readings;
  }

  /** Files (and links) of `selection` under `cwd`, in the order of their paths. */
  async select(cwd: string, selection: Selection): Promise<GlobResult> {
    const result = await this.#readings.find(cwd, selection.patterns, selection.except);
    if (!result.ok) return result;
    const found: Found[] = [];
    for (const file of result.found) {
      const leaves = file.facts.kind === 'link' ? await this.#readings.leaves(file) : null;
      if (leaves !== null) {
        if (this.#mayBeMeant(file, selection)) found.push({ ...file, leaves });
        continue;
      }
      const verdict = this.#wanted(cwd, file, selection);
      if (typeof verdict === 'boolean' ? verdict : await verdict) found.push(file);
    }
    return { ok: true, found };
  }

  #mayBeMeant({ path }: Found, { kinds, exclude }: Selection): boolean {
    const excluded = exclude.some((set) => this.#isInSet(path, set));
    return !excluded && (kinds.length === 0 || kinds.some((kind) => this.#isOfKind(path, kind)));
  }

  #wanted(cwd: string, file: Found, { patterns, kinds, exclude }: Selection): boolean | Promise<boolean> {
    if (file.facts.kind !== 'file') return kinds.length === 0;
    const { path } = file;
    if (
      exclude.some((set) => set !== 'docs' && set !== 'vendored' && set !== 'generated' && this.#isInSet(path, set))
    ) {
      return false;
    }
    const byName = kinds.length === 0 || kinds.some((kind) => this.#isOfKind(path, kind));
    if (!byName && !mustBeRead(path, kinds)) return false;
    const named = patterns.includes(path);
    const mayBeOurs = this.#readings.withoutOurs && !named && ours.test(path);
    if (byName && !mayBeOurs && exclude.length === 0) return true;
    return this.#wantedByText(cwd, file, { kinds: byName ? [] : kinds, exclude, mayBeOurs });
  }

  async #wantedByText(
    cwd: string,
    file: Found,
    { kinds, exclude, mayBeOurs }: Pick<Selection, 'kinds' | 'exclude'> & { readonly mayBeOurs: boolean },
  ): Promise<boolean> {
    for (const set of exclude) if (await this.#isExcluded(cwd, file.path, set)) return false;
    const mayBeGenerated = exclude.includes('generated') && code.test(file.path) && !packageList.test(file.path);
    if (!mayBeOurs && !mayBeGenerated && kinds.length === 0) return true;
    const surveyed = await this.#readings.read(file);
    if (surveyed.kind !== 'text') return kinds.length === 0;
    if (mayBeOurs && surveyed.origin === 'ours') return false;
    if (mayBeGenerated && saysGenerated(surveyed.text)) return false;
    return kinds.length === 0 || kinds.some((kind) => ofKind(file.path, surveyed, kind));
  }

  async #isExcluded(cwd: string, path: string, set: SetName): Promise<boolean> {
    const said = await this.#readings.attributes.of(cwd, path, set);
    return said ?? this.#isInSet(path, set);
  }

  #isInSet(path: string, set: SetName): boolean {
    return this.#once(`${set}\n${path}`, () => isInSet(path, set));
  }

  #isOfKind(path: string, kind: Kind): boolean {
    return this.#once(`${kind}\n${path}`, () => isOfKind(path, null, kind));
  }

  #once(key: string, tell: () => boolean): boolean {
    const known = this.#told.get(key);
    if (known !== undefined) return known;
    const told = tell();
    this.#told.set(key, told);
    return told;
  }
}

function ofKind(path: string, file: Extract<SurveyedFile, { kind: 'text' }>, kind: Kind): boolean {
  return kind === 'runbooks' ? file.origin === 'runbook' : isOfKind(path, file.whole, kind);
}

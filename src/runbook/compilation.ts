/**
 * One reading of a document and of all that it includes: what was found so far, shared by the parts of the compiler.
 *
 * Invariants: every document is read once; ids are unique over the whole run; nothing throws.
 */

import type { z } from 'zod';
import { diagnosticAt, lineIndex } from '../diagnostics/position.ts';
import type { ActionSpecs } from './action-spec.ts';
import type { Runbook } from './document.ts';
import { documentKinds, isOurs } from './document-kind.ts';
import { readWith } from './issues.ts';
import {
  type Capture,
  type Doc,
  type Frame,
  inside,
  isMap,
  type Link,
  type LocatedStep,
  type LocatedVariable,
  type Place,
  Problems,
  type Reference,
  type Use,
} from './model.ts';
import { checkId, idFrom, reservedIn } from './names.ts';
import type { Recorded } from './older.ts';
import { stepNamesIn } from './rewrite.ts';
import type { Load, SourceText } from './source.ts';
import { readYaml } from './yaml.ts';
import type { Reported } from './yaml-problems.ts';

/** Steps that one run may have, copies counted. */
export const stepsMax = 20_000;

/** How deep documents may include one another. */
const includesDeepMax = 12;

/** Characters (UTF-16 units) that one document may have. */
export const documentCharactersMax = 4 * 1024 * 1024;

/** `id`: what the run calls a step; `local`: what its own document, or its own copy of an `each`, calls it. */
export interface Identity {
  readonly id: string;
  readonly local: string;
}

/** What a use has unless it says otherwise. */
type Usually = Pick<Use, 'isList' | 'secretAllowed' | 'env'>;

export class Compilation {
  readonly problems: Problems;
  /** Whether a gate takes over any `on_fail` of what is around it. */
  readonly gatesInherit: boolean;
  readonly specs: ActionSpecs;
  readonly reserved: ReadonlySet<string>;
  readonly captures: Capture[] = [];
  readonly uses: Use[] = [];
  readonly references: Reference[] = [];
  readonly links: Link[] = [];
  readonly steps = new Map<string, LocatedStep>();
  readonly variables = new Map<string, LocatedVariable>();
  /** People by the role that the runbook gives them. */
  roles: Readonly<Record<string, readonly string[]>> = {};
  /** Hosts by the group that the runbook gives them. */
  groups: NonNullable<Runbook['hosts']> = {};
  /** Every document that was read, the main one first. */
  readonly sources: SourceText[] = [];
  readonly #load: Load;
  readonly #docs = new Map<string, Doc | null>();
  readonly #ids = new Map<string, Place>();
  readonly #explicitIds = new Map<Doc, ReadonlySet<string>>();
  readonly #numbers = new Map<string, number>();
  #stepCount = 0;
  #patterns = 0;

  /** `recorded`: the documents are on record as run, and are read so. */
  constructor(specs: ActionSpecs, load: Load, recorded: Recorded | null = null) {
    this.problems = new Problems(recorded === null ? 'error' : 'warning');
    this.gatesInherit = recorded === 'gates-inherit';
    this.specs = specs;
    this.reserved = reservedIn(specs);
    this.#load = load;
  }

  /** Reads the YAML of `source`; null after reporting why it cannot be used. */
  open(source: SourceText): Doc | null {
    const known = this.#docs.get(source.path);
    if (known !== undefined) return known;
    this.sources.push(source);
    const { diagnostics } = this.problems;
    if (source.text.length > documentCharactersMax) {
      const message = `a document has at most ${documentCharactersMax} characters, this one has ${source.text.length}`;
      const finding = { severity: 'error', code: 'too-large', message, hint: 'split it and use include' } as const;
      diagnostics.push({ file: source.path, line: 1, column: 1, width: 1, ...finding });
      this.#docs.set(source.path, null);
      return null;
    }
    const index = lineIndex(source.text);
    const report = ({ span, ...finding }: Reported): void => {
      diagnostics.push(diagnosticAt(source.path, index, span, finding));
    };
    const tree = readYaml(source.text, report, this.problems.newer);
    const doc = tree === null ? null : { source, index, tree };
    this.#docs.set(source.path, doc);
    return doc;
  }

  /** The document at `path`; null: it was not read, or cannot be. */
  docAt(path: string): Doc | null {
    return this.#docs.get(path) ?? null;
  }

  /** The document that `path`, written at `place`, names; null after reporting why it cannot be used there. */
  include(path: string, place: Place, open: readonly string[]): Doc | null {
    if (path.includes('${{')) {
      this.problems.value(
        place,
        'template-here',
        'the path of a document is fixed',
        'write it out: documents are read before anything runs',
      );
      return null;
    }
    const loaded = this.#load(path, place.doc.source.path);
    if (loaded.kind === 'problem') {
      this.problems.value(place, 'unreadable', loaded.message, loaded.hint);
      return null;
    }
    const { source } = loaded;
    if (open.includes(source.path)) {
      const way = [...open.slice(open.indexOf(source.path)), source.path].join(' → ');
      this.problems.value(place, 'include-cycle', `${source.path} includes itself: ${way}`, 'take this include away');
      return null;
    }
    if (open.length > includesDeepMax) {
      this.problems.value(
        place,
        'too-deep',
        `documents include one another more than ${includesDeepMax} deep`,
        'include it from further out',
      );
      return null;
    }
    if (!isOurs(source.text)) {
      const hint = `the first key of a document is one of ${documentKinds.join(', ')}`;
      this.problems.value(place, 'wrong-kind', `${source.path} is no document of gonogo`, hint);
      return null;
    }
    const doc = this.open(source);
    if (doc !== null) this.links.push({ at: place, doc });
    return doc;
  }

  /** The text at `path`, written at `place`, which is no document of ours and is pinned with them; null after reporting why it cannot be had. */
  plainText(path: string, place: Place): string | null {
    if (path.includes('${{')) {
      const hint = 'write it out: files are read before anything runs';
      this.problems.value(place, 'template-here', 'the path of a file is fixed', hint);
      return null;
    }
    const loaded = this.#load(path, place.doc.source.path);
    if (loaded.kind === 'problem') {
      this.problems.value(place, 'unreadable', loaded.message, loaded.hint);
      return null;
    }
    const { source } = loaded;
    if (!this.sources.some((one) => one.path === source.path)) this.sources.push(source);
    return source.text;
  }

  /** The id in the run of the step that `name`, written at `at`, means; null: there is none. */
  refer(name: string, frame: Frame, at: Place): string | null {
    this.references.push({ name, frame, at });
    return frame.resolve(name);
  }

  /** The value of `key` in `raw` as `schema` reads it; undefined when it is not there or wrong (which is reported). */
  readKey<T>(raw: Readonly<Record<string, unknown>>, place: Place, key: string, schema: z.ZodType<T>): T | undefined {
    if (!Object.hasOwn(raw, key)) return undefined;
    const result = readWith(schema, raw[key], [...place.path, key]);
    if (result.ok) return result.value;
    for (const problem of result.problems) this.problems.schema(place.doc, problem);
    return undefined;
  }

  /** Records a text that the rules look at. Copies of a step say nothing new. */
  use(use: Omit<Use, 'place' | keyof Usually> & Partial<Usually>): void {
    if (this.problems.quiet) return;
    const { doc, path } = use.at;
    this.uses.push({
      ...use,
      isList: use.isList ?? false,
      secretAllowed: use.secretAllowed ?? false,
      env: use.env ?? [],
      place: (start, end) => {
        const { tree } = doc;
        const whole = tree.scalars(path).find((scalar) => scalar.path.length === path.length)?.text ?? '';
        const shift = whole.indexOf(use.text);
        if (shift === -1) return { doc, span: tree.keySpan(path) };
        return { doc, span: tree.textSpan(path, start + shift, end + shift) ?? tree.valueSpan(path) };
      },
    });
  }

  /** Names a step by the id it gives, or by one made from `title`. Reports wrong and repeated ones. */
  identify(given: string | undefined, title: string, place: Place, frame: Frame): Identity {
    if (given !== undefined && checkId(given) === null) {
      const id = frame.register(given);
      const first = this.#ids.get(id);
      if (first === undefined) {
        this.#ids.set(id, place);
        return { id, local: given };
      }
      this.#reportRepeated(id, inside(place, 'id'), first);
    } else if (given !== undefined) {
      const wrong = checkId(given);
      this.problems.value(inside(place, 'id'), 'wrong-id', wrong?.message ?? '', wrong?.hint ?? '');
    }
    return this.#derive(given === undefined ? title : `${title} again`, place, frame);
  }

  /** What stands in the ids of one more pattern where each copy has its number. No id that is written has capitals. */
  nextMark(): string {
    this.#patterns += 1;
    return `_N${this.#patterns}`;
  }

  /** False, after reporting it once, when there are too many steps. */
  countStep(place: Place): boolean {
    this.#stepCount += 1;
    if (this.#stepCount === stepsMax + 1) {
      const { quiet } = this.problems;
      this.problems.quiet = false;
      this.problems.value(
        place,
        'too-many-steps',
        `more than ${stepsMax} steps, counting every copy`,
        'split the runbook',
      );
      this.problems.quiet = quiet;
    }
    return this.#stepCount <= stepsMax;
  }

  /** Names after `steps.` anywhere in the documents. */
  mentionedSteps(): ReadonlySet<string> {
    return new Set(this.uses.flatMap(({ text }) => (text.includes('steps') ? stepNamesIn(text) : [])));
  }

  #reportRepeated(id: string, at: Place, first: Place): void {
    const span = first.doc.tree.keySpan(first.path);
    const { line } = first.doc.index.position(span.start);
    const where = first.doc === at.doc ? `on line ${line}` : `in ${first.doc.source.path}, line ${line}`;
    this.problems.value(at, 'duplicate-id', `the id ${id} is taken`, `the first step with it is ${where}`);
  }

  #derive(title: string, place: Place, frame: Frame): Identity {
    const base = idFrom(title, this.reserved);
    const taken = this.#explicit(place.doc);
    const counter = frame.finalId(base);
    for (let number = this.#numbers.get(counter) ?? 1; ; number += 1) {
      const local = number === 1 ? base : `${base}_${number}`;
      if (taken.has(local) || this.#ids.has(frame.finalId(local))) continue;
      this.#numbers.set(counter, number + 1);
      const id = frame.register(local);
      this.#ids.set(id, place);
      return { id, local };
    }
  }

  /** Ids that a document gives itself: none of them may be taken by one that is made from a title. */
  #explicit(doc: Doc): ReadonlySet<string> {
    const known = this.#explicitIds.get(doc);
    if (known !== undefined) return known;
    const ids = new Set<string>();
    collectIds(doc.tree.value, ids);
    this.#explicitIds.set(doc, ids);
    return ids;
  }
}

function collectIds(value: unknown, ids: Set<string>): void {
  if (Array.isArray(value)) for (const item of value) collectIds(item, ids);
  else if (isMap(value)) {
    if (typeof value['id'] === 'string') ids.add(value['id']);
    for (const item of Object.values(value)) collectIds(item, ids);
  }
}

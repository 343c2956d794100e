/**
 * What the parser knows of documents while it reads them: texts with places, names with frames, and the compiled steps with
 * where they came from. The lint rules see nothing else.
 *
 * Invariants:
 * - Everything that can be wrong keeps its place until the last rule has run.
 * - Problems are collected, never thrown.
 */
import type { Diagnostic, Severity, Span } from '../diagnostics/diagnostic.ts';
import { diagnosticAt, type Finding, type LineIndex } from '../diagnostics/position.ts';
import type { ActionSpec, ActionSpecs, FieldType } from './action-spec.ts';
import type { Json, Runbook, Step, Variable } from './document.ts';
import type { Problem } from './issues.ts';
import { exampleAt, placeOfKey } from './key-hints.ts';
import type { SourceText } from './source.ts';
import type { Path, Tree } from './yaml.ts';

/** One document that was read. */
export interface Doc {
  readonly source: SourceText;
  readonly index: LineIndex;
  readonly tree: Tree;
}

/** A value in a document. */
export interface Place {
  readonly doc: Doc;
  readonly path: Path;
}

export function inside(place: Place, ...parts: Path): Place {
  return { doc: place.doc, path: [...place.path, ...parts] };
}

/** Collects diagnostics. What stands on a line with broken syntax is left out: the syntax was the mistake. */
/** Ids of patterns as they are written: what stands for the number of a copy is nobody's. */
function withoutMarks(text: string): string {
  return text.replaceAll(/(?<=\b[a-z][a-z0-9_]*)_N\d+(?![A-Za-z0-9])/g, '');
}

export class Problems {
  readonly diagnostics: Diagnostic[] = [];
  /** Copies of one step give the same problems; only the first copy speaks. */
  quiet = false;
  /**
   * The severity of what earlier releases took: an error, but no more than a warning in a document that is on record as run, since
   * what they ran stays verified. Whoever makes an error of what compiled before gives it this one. What a schema refuses leaves
   * nothing to compile, and is an error in any case.
   */
  readonly newer: Severity;

  constructor(newer: Severity = 'error') {
    this.newer = newer;
  }

  /** True once an error is among them. */
  get failed(): boolean {
    return this.diagnostics.some(({ severity }) => severity === 'error');
  }

  /** Takes back all that was said before. */
  sayOnly(diagnostic: Diagnostic): void {
    this.diagnostics.splice(0, this.diagnostics.length, diagnostic);
  }

  at(doc: Doc, span: Span, finding: Finding): void {
    if (this.quiet) return;
    const { line } = doc.index.position(span.start);
    const broken = doc.tree.broken.some((other) => doc.index.position(other.start).line === line);
    const message = withoutMarks(finding.message);
    if (!broken) this.diagnostics.push(diagnosticAt(doc.source.path, doc.index, span, { ...finding, message }));
  }

  value(place: Place, code: string, message: string, hint = '', severity: Severity = 'error'): void {
    const span = place.doc.tree.valueSpan(place.path);
    this.at(place.doc, span, { severity, code, message, hint });
  }

  key(place: Place, code: string, message: string, hint = '', severity: Severity = 'error'): void {
    this.at(place.doc, place.doc.tree.keySpan(place.path), { severity, code, message, hint });
  }

  warn(place: Place, code: string, message: string, hint = ''): void {
    this.at(place.doc, place.doc.tree.keySpan(place.path), { severity: 'warning', code, message, hint });
  }

  /** Something to know, which is no problem. */
  note(place: Place, code: string, message: string, hint = ''): void {
    this.at(place.doc, place.doc.tree.keySpan(place.path), { severity: 'note', code, message, hint });
  }

  /** A problem that a schema found in `doc`. */
  schema(doc: Doc, problem: Problem): void {
    const place = { doc, path: problem.path };
    if (problem.at === 'key') {
      const belongs = problem.code === 'unknown-key' ? placeOfKey(problem.path) : null;
      this.key(place, problem.code, problem.message, belongs ?? problem.hint);
    } else if (problem.code === 'missing-key') {
      this.key({ doc, path: problem.path.slice(0, -1) }, problem.code, problem.message, problem.hint);
    } else {
      const hint = problem.hint === '' && problem.code === 'wrong-type' ? exampleAt(problem.path) : problem.hint;
      this.value(place, problem.code, problem.message, hint);
    }
  }
}

/**
 * What an expression or template may name besides the run's variables. `fields`: result fields of its action; `frame`:
 * which steps it can see.
 */
export interface Sight {
  readonly fields: Readonly<Record<string, FieldType>>;
  readonly bindings: readonly string[];
  /** Those of them whose type only the run knows. */
  readonly loose?: readonly string[];
  /** The parts of those that are maps written out in the document. */
  readonly parts?: Readonly<Record<string, readonly string[]>>;
  readonly frame: Frame;
}

/**
 * A piece of a document that is more than words. `condition` must be true or false; `value` is an expression of any type;
 * `template` is text with `${{ }}`; `script` is shell text; `words` is text for people that may hold `${{ }}`.
 */
export interface Use {
  readonly kind: 'condition' | 'value' | 'template' | 'script' | 'words';
  readonly text: string;
  readonly sight: Sight;
  /** True where its one expression must be a list. */
  readonly isList: boolean;
  /** True where `${{ }}` of a secret may stand. */
  readonly secretAllowed: boolean;
  /** Environment variables that the step itself names: scripts see these. */
  readonly env: readonly string[];
  /** Where `start`..`end` of `text` stands. */
  place(start: number, end: number): { readonly doc: Doc; readonly span: Span };
  /** The scalar that holds all of it. */
  readonly at: Place;
}

/** The names of steps that one document (or one copy of an `each` step) sees, and what they are called in the run. */
export class Frame {
  readonly parent: Frame | null;
  readonly #known = new Map<string, string>();
  /** Names of steps whose copies only the run knows, with the id of the pattern that they are made of. */
  readonly #copied = new Map<string, { readonly pattern: string; readonly mark: string }>();
  readonly #prefix: string;
  readonly #suffix: string;

  private constructor(parent: Frame | null, prefix: string, suffix: string) {
    this.parent = parent;
    this.#prefix = prefix;
    this.#suffix = suffix;
  }

  /** The frame of the run itself: ids stay as they are. */
  static root(): Frame {
    return new Frame(null, '', '');
  }

  /** The frame of copy `number` of an `each` step: `ID_1`. */
  copy(number: number): Frame {
    return new Frame(this, '', `_${number}`);
  }

  /** The frame of the pattern of copies that the run makes. In ids `mark` stands where each copy has its number. */
  pattern(mark: string): Frame {
    return new Frame(this, '', mark);
  }

  /** The frame of what stands inside step `id` of this frame and is called after it: `INCLUDE_ID`. */
  inner(id: string): Frame {
    return this.#suffix === '' ? new Frame(this, `${id}_`, '') : new Frame(this.parent, `${id}${this.#suffix}_`, '');
  }

  #rename(id: string): string {
    return `${this.#prefix}${id}${this.#suffix}`;
  }

  /** The id in the run of what is called `id` in this frame. */
  finalId(id: string): string {
    let name = id;
    for (let frame: Frame | null = this; frame !== null; frame = frame.parent) name = frame.#rename(name);
    return name;
  }

  /** Makes `id` known here and, under its longer names, in every frame around. */
  register(id: string): string {
    const final = this.finalId(id);
    let name = id;
    for (let frame: Frame | null = this; frame !== null; frame = frame.parent) {
      frame.#known.set(name, final);
      if (isMark(frame.#suffix)) {
        const { parent } = frame;
        if (parent !== null) parent.#copied.set(name, { pattern: final, mark: frame.#suffix });
      }
      name = frame.#rename(name);
    }
    return final;
  }

  /** The id in the run of the step that `id` means when it is written in this frame; null: there is none. */
  resolve(id: string): string | null {
    for (let frame: Frame | null = this; frame !== null; frame = frame.parent) {
      const final = frame.#known.get(id);
      if (final !== undefined) return final;
    }
    return this.#copyOf(id)?.id ?? null;
  }

  /** The id of the pattern of which the run makes the copy that `id` means; null: it means none. */
  patternOf(id: string): string | null {
    return this.#copyOf(id)?.pattern ?? null;
  }

  #copyOf(id: string): { readonly id: string; readonly pattern: string } | null {
    const [, name, number] = /^(.+)_([1-9]\d{0,3})$/.exec(id) ?? [];
    if (name === undefined) return null;
    for (let frame: Frame | null = this; frame !== null; frame = frame.parent) {
      const found = frame.#copied.get(name);
      if (found !== undefined) return { id: found.pattern.replace(found.mark, `_${number}`), pattern: found.pattern };
      const nested = frame.#nestedCopyOf(id);
      if (nested !== null) return nested;
    }
    return null;
  }

  /** A copy inside a copy: `ID_2_1` is of the second inner one in the first outer one. */
  #nestedCopyOf(id: string): { readonly id: string; readonly pattern: string } | null {
    for (const [name, { pattern, mark }] of this.#copied) {
      const inner = name.match(/_N\d+/g);
      if (inner === null) continue;
      const numbers = new RegExp(`^${name.replaceAll(/_N\d+/g, '_([1-9]\\d{0,3})')}_([1-9]\\d{0,3})$`).exec(id);
      if (numbers === null) continue;
      const copy = [...inner, mark].reduce((made, one, at) => made.replace(one, `_${numbers[at + 1]}`), pattern);
      return { id: copy, pattern };
    }
    return null;
  }

  /** Every name that `resolve` knows, nearest first. */
  names(): readonly string[] {
    const names = new Set<string>();
    for (let frame: Frame | null = this; frame !== null; frame = frame.parent) {
      // Patterns are nobody's to name: their copies are.
      for (const name of frame.#known.keys()) if (!/_N\d/.test(name)) names.add(name);
    }
    return [...names];
  }
}

function isMark(suffix: string): boolean {
  return suffix.startsWith('_N');
}

/** A compiled step with where it stands. `list` is the same object for the steps of one list. */
export interface LocatedStep {
  readonly step: Step;
  readonly spec: ActionSpec;
  readonly place: Place;
  readonly frame: Frame;
  readonly zone: Zone;
  readonly list: object;
}

/** Where a list of steps stands: rollback knows no undo and no goto, parallel no people, an item no flow at all. */
export type Zone = 'phase' | 'rollback' | 'parallel' | 'item';

/** A variable with its declaration; `declared` null: only a step's capture names it. */
export interface LocatedVariable {
  readonly variable: Variable;
  readonly declared: Place | null;
}

/** One place where a step sets a variable. `owner` is the same object for all captures of one step, its undo included. */
export interface Capture {
  readonly name: string;
  readonly owner: object;
  readonly place: Place;
  /** What it is made of, where that is not text. */
  readonly type?: 'list';
}

/** A scalar that is the id of a step and nothing else (`goto`, `undo`, `settles`, …), as it is written in `frame`. */
export interface Reference {
  readonly name: string;
  readonly frame: Frame;
  readonly at: Place;
}

/** A scalar that names another document, which was read. */
export interface Link {
  readonly at: Place;
  readonly doc: Doc;
}

/** Everything that the lint rules look at. */
export interface Subject {
  readonly specs: ActionSpecs;
  readonly main: Doc;
  /** True for a fragment read alone: names may come from the runbook that includes it. */
  readonly open: boolean;
  readonly variables: ReadonlyMap<string, LocatedVariable>;
  readonly captures: readonly Capture[];
  readonly steps: ReadonlyMap<string, LocatedStep>;
  readonly uses: readonly Use[];
  /** Whether the interlock is there that `danger` needs. */
  readonly hasTarget: boolean;
  readonly runbook: Omit<Runbook, 'documents'>;
}

/** One lint rule. */
export type Rule = (subject: Subject, problems: Problems) => void;

/** True for plain maps as the YAML reader makes them. */
export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** Strings in `params`, with their paths, in order. */
export function stringsIn(params: Json): readonly { readonly path: Path; readonly text: string }[] {
  const found: { path: Path; text: string }[] = [];
  const visit = (value: Json, path: Path): void => {
    if (typeof value === 'string') found.push({ path, text: value });
    else if (isList(value)) for (const [index, item] of value.entries()) visit(item, [...path, index]);
    else if (typeof value === 'object' && value !== null) {
      for (const [key, item] of Object.entries(value)) visit(item, [...path, key]);
    }
  };
  visit(params, []);
  return found;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/**
 * Another id for a step, in every document that names it and in the answers beside them.
 *
 * Invariants:
 * - Only the id is changed first, and everything is compiled again; what then means another step than before is rewritten. So the
 *   compiler alone says what a name means, through includes and copies too.
 * - A rename that would leave a problem that was not there before is refused, and nothing is changed.
 */
import { isMap, isScalar } from 'yaml';
import type { Span } from '../diagnostics/diagnostic.ts';
import type { ActionSpecs } from '../runbook/action-spec.ts';
import type { Compilation } from '../runbook/compilation.ts';
import { type Frame, inside, type Place } from '../runbook/model.ts';
import { checkId } from '../runbook/names.ts';
import { inspectDocument } from '../runbook/parse.ts';
import type { Load, SourceText } from '../runbook/source.ts';
import { read } from './cursor.ts';
import { type StepName, stepReferences } from './occurrences.ts';

/** `text` in place of `span` of the document at `path`. */
export interface Edit {
  readonly path: string;
  readonly span: Span;
  readonly text: string;
}

export type Renamed =
  | { readonly ok: true; readonly edits: readonly Edit[] }
  | { readonly ok: false; readonly message: string };

/** The documents that may name the step: each with what it includes, and the answers that belong to it. */
export interface Documents {
  readonly specs: ActionSpecs;
  readonly mains: readonly SourceText[];
  readonly load: Load;
  answersOf(main: SourceText): SourceText | null;
}

/** The step that `name` means: where its id is written. Null: it has none of its own, or there is no such step. */
export function renamed(compilation: Compilation, { name, frame }: StepName): { old: string; at: Place } | null {
  const id = frame.resolve(name);
  const located = compilation.steps.get(frame.patternOf(name) ?? id ?? '');
  if (located === undefined) return null;
  const at = inside(located.place, 'id');
  const [scalar] = at.doc.tree.has(at.path) ? at.doc.tree.scalars(at.path) : [];
  return scalar === undefined ? null : { old: scalar.text, at };
}

/** The edits that call the step at `at`, which is called `old`, `name` instead. */
export function rename(documents: Documents, { old, at }: { old: string; at: Place }, name: string): Renamed {
  const wrong = checkId(name);
  if (wrong !== null) return { ok: false, message: `${wrong.message}: ${wrong.hint}` };
  const { path } = at.doc.source;
  const span = at.doc.tree.textSpan(at.path, 0, old.length) ?? at.doc.tree.valueSpan(at.path);
  const edits = new Edits();
  edits.add({ path, span, text: name });
  const first = edits.all();
  const before = documents.mains
    .map((main) => ({ main, compilation: inspectDocument(main, documents.load, documents.specs) }))
    .filter(({ compilation }) => compilation.sources.some((source) => source.path === path));
  for (const { main, compilation } of before) {
    const after = compiledWith(documents, main, first);
    const message = follow({ compilation, after, old, name }, edits);
    if (message !== null) return { ok: false, message };
    const answers = documents.answersOf(main);
    if (answers !== null) for (const edit of inAnswers(answers, idsAfter(compilation, after))) edits.add(edit);
  }
  for (const { main, compilation } of before) {
    const problem = newProblem(compilation, compiledWith(documents, main, edits.all()));
    if (problem !== null) return { ok: false, message: problem };
  }
  return { ok: true, edits: edits.all() };
}

/** Edits, each once. */
class Edits {
  readonly #edits = new Map<string, Edit>();

  add(edit: Edit): void {
    this.#edits.set(`${edit.span.start} ${edit.path}`, edit);
  }

  all(): readonly Edit[] {
    return [...this.#edits.values()];
  }
}

function compiledWith({ load, specs }: Documents, main: SourceText, edits: readonly Edit[]): Compilation {
  const change = (source: SourceText): SourceText => {
    const own = edits.filter(({ path }) => path === source.path).toSorted((a, b) => b.span.start - a.span.start);
    const text = own.reduce(
      (left, { span, text: piece }) => left.slice(0, span.start) + piece + left.slice(span.end),
      source.text,
    );
    return { ...source, text };
  };
  const loadChanged: Load = (path, from) => {
    const loaded = load(path, from);
    return loaded.kind === 'loaded' ? { kind: 'loaded', source: change(loaded.source) } : loaded;
  };
  return inspectDocument(change(main), loadChanged, specs);
}

interface Change {
  readonly compilation: Compilation;
  /** The same with the id of the step changed and nothing else. */
  readonly after: Compilation;
  readonly old: string;
  readonly name: string;
}

/** Adds an edit for each name that now means another step than before, or none; why that cannot be done, or null. */
function follow({ compilation, after, old, name }: Change, edits: Edits): string | null {
  const ids = idsAfter(compilation, after);
  const written = stepReferences(compilation);
  const now = stepReferences(after);
  if (ids === null || written.length !== now.length) return 'the document would not be the same with that id';
  const word = new RegExp(`(?<=^|_)${old}(?=_|$)`, 'g');
  for (const [index, reference] of written.entries()) {
    const frame = now[index]?.frame;
    if (frame === undefined || meaning(reference.frame, reference.name) === null) continue;
    const wanted = meaningAfter(reference, ids);
    if (meaning(frame, reference.name) === wanted) continue;
    const candidates = [...reference.name.matchAll(word)].map(
      ({ index: at }) => reference.name.slice(0, at) + name + reference.name.slice(at + old.length),
    );
    const text = candidates.find((candidate) => meaning(frame, candidate) === wanted);
    if (text === undefined) return `${reference.name} in ${reference.doc.source.path} would mean another step`;
    edits.add({ path: reference.doc.source.path, span: reference.span, text });
  }
  return null;
}

/** What `name` means in `frame`, as text that is the same for the same step; null: nothing. */
function meaning(frame: Frame, name: string): string | null {
  const pattern = frame.patternOf(name);
  return pattern === null ? frame.resolve(name) : `${pattern} ${copyNumbers(name)}`;
}

function meaningAfter({ frame, name }: StepName, ids: ReadonlyMap<string, string>): string | null {
  const pattern = frame.patternOf(name);
  if (pattern !== null) return `${ids.get(pattern) ?? pattern} ${copyNumbers(name)}`;
  const id = frame.resolve(name);
  return id === null ? null : (ids.get(id) ?? id);
}

function copyNumbers(name: string): string {
  return /(?:_\d+)*$/.exec(name)?.[0] ?? '';
}

/** Id of every step before → after. Null: they are not the same steps. */
function idsAfter(before: Compilation, after: Compilation): ReadonlyMap<string, string> | null {
  const old = [...before.steps.keys()];
  const now = [...after.steps.keys()];
  return old.length === now.length ? new Map(old.map((id, index) => [id, now[index] ?? id])) : null;
}

/** A problem that was not there before, in words; null: there is none. */
function newProblem(before: Compilation, after: Compilation): string | null {
  const counts = new Map<string, number>();
  const errors = (compilation: Compilation) =>
    compilation.problems.diagnostics.filter(({ severity }) => severity === 'error');
  for (const { code } of errors(before)) counts.set(code, (counts.get(code) ?? 0) + 1);
  for (const { code, message, file, line } of errors(after)) {
    const left = counts.get(code) ?? 0;
    if (left === 0) return `${message} (${file}, line ${line})`;
    counts.set(code, left - 1);
  }
  return null;
}

/** Answers by the id of a step, `ID` or `ID.ITEM`. */
function inAnswers({ path, text }: SourceText, ids: ReadonlyMap<string, string> | null): readonly Edit[] {
  const contents = read(text)?.contents;
  if (ids === null || !isMap(contents)) return [];
  return contents.items.flatMap(({ key }) => {
    if (!isScalar(key) || typeof key.value !== 'string' || key.range === null || key.range === undefined) return [];
    const [step = '', item] = key.value.split('.');
    const now = ids.get(step) ?? step;
    const whole = item === undefined ? undefined : ids.get(`${step}_${item}`);
    const name =
      item === undefined ? now : `${now}.${whole?.startsWith(`${now}_`) ? whole.slice(now.length + 1) : item}`;
    const start = text.indexOf(key.value, key.range[0]);
    if (name === key.value || start === -1) return [];
    return [{ path, span: { start, end: start + key.value.length }, text: name }];
  });
}

/**
 * Where the names of a document stand, and what they name: steps, variables, other documents.
 *
 * Invariant: names are resolved by the frames that the compiler made, so that a name means here what it means in a run.
 */
import type { Span } from '../diagnostics/diagnostic.ts';
import { running } from '../runbook/cel-environment.ts';
import { readIn } from '../runbook/cel-source.ts';
import type { Compilation } from '../runbook/compilation.ts';
import { type Doc, type Frame, inside, type Place, type Use } from '../runbook/model.ts';
import { stepReferencesIn } from '../runbook/rewrite.ts';
import { expressionsIn } from '../runbook/rules/expressions-in.ts';
import { variablesRead } from '../runbook/rules/script-variables.ts';

/** A name of a step as it is written. `definition`: it stands as that step's own `id`. */
export interface StepName {
  readonly kind: 'step';
  readonly name: string;
  readonly frame: Frame;
  readonly doc: Doc;
  readonly span: Span;
  readonly definition: boolean;
}

/** A name of a variable, with where it is declared or captured; null: bound by what includes it. */
export interface VariableName {
  readonly kind: 'variable';
  readonly name: string;
  readonly doc: Doc;
  readonly span: Span;
  readonly declared: Place | null;
}

/** The path of another document. */
export interface DocumentName {
  readonly kind: 'document';
  readonly target: Doc;
  readonly doc: Doc;
  readonly span: Span;
}

export type Occurrence = StepName | VariableName | DocumentName;

/** The step ids that are written as references, in reading order: the same for a document in which only names changed. */
export function stepReferences(compilation: Compilation): readonly StepName[] {
  const alone = compilation.references.map(({ name, frame, at }): StepName => {
    return { kind: 'step', name, frame, doc: at.doc, span: textOf(at, name.length), definition: false };
  });
  const inExpressions = compilation.uses.flatMap((use) =>
    expressionsIn(use).expressions.flatMap(({ source, start }) =>
      stepReferencesIn(source).map((reference): StepName => {
        const from = start + reference.start;
        const place = use.place(from, from + reference.name.length);
        return { kind: 'step', name: reference.name, frame: use.sight.frame, ...place, definition: false };
      }),
    ),
  );
  return [...alone, ...inExpressions];
}

/** What stands at `offset` of `doc`; null: no name. */
export function occurrenceAt(compilation: Compilation, doc: Doc, offset: number): Occurrence | null {
  const covers = (one: { readonly doc: Doc; readonly span: Span }): boolean =>
    one.doc === doc && one.span.start <= offset && offset <= one.span.end;
  const step = [...definitions(compilation), ...stepReferences(compilation)].find(covers);
  if (step !== undefined) return step;
  const link = compilation.links
    .map(({ at, doc: target }): DocumentName => {
      return { kind: 'document', target, doc: at.doc, span: at.doc.tree.valueSpan(at.path) };
    })
    .find(covers);
  return link ?? variableAt(compilation, covers);
}

/** The text of a scalar without its quotes, as far as `length`. */
function textOf({ doc, path }: Place, length: number): Span {
  return doc.tree.textSpan(path, 0, length) ?? doc.tree.valueSpan(path);
}

/** Steps that have an `id` of their own, at that id. Copies of one step are one. */
function definitions(compilation: Compilation): readonly StepName[] {
  const seen = new Set<string>();
  return [...compilation.steps.values()].flatMap(({ place, frame }): readonly StepName[] => {
    const at = inside(place, 'id');
    const key = `${place.doc.source.path}\n${at.path.join('/')}`;
    const [scalar] = place.doc.tree.has(at.path) && !seen.has(key) ? place.doc.tree.scalars(at.path) : [];
    if (scalar === undefined) return [];
    seen.add(key);
    const span = textOf(at, scalar.text.length);
    return [{ kind: 'step', name: scalar.text, frame, doc: place.doc, span, definition: true }];
  });
}

function variableAt(compilation: Compilation, covers: (one: VariableName) => boolean): VariableName | null {
  for (const [name, { declared }] of compilation.variables) {
    if (declared === null) continue;
    const span = declared.doc.tree.keySpan(declared.path);
    const one = { kind: 'variable', name, doc: declared.doc, span, declared } as const;
    if (covers(one)) return one;
  }
  for (const { name, place } of compilation.captures) {
    const { tree } = place.doc;
    const bare = place.path.at(-1) === 'capture' && place.path.at(-2) !== 'capture';
    const span = bare ? tree.valueSpan(place.path) : tree.keySpan(place.path);
    const one = { kind: 'variable', name, doc: place.doc, span, declared: null } as const;
    if (covers(one)) return { ...one, declared: declarationOf(compilation, name, null) };
  }
  for (const use of compilation.uses) {
    for (const { name, start, end } of variablesIn(use)) {
      const one = { ...use.place(start, end), kind: 'variable', name, declared: null } as const;
      if (covers(one)) return { ...one, declared: declarationOf(compilation, name, use.at) };
    }
  }
  return null;
}

/** Names of variables that `use` reads, with their places in its text. */
function variablesIn(use: Use): readonly { readonly name: string; readonly start: number; readonly end: number }[] {
  if (use.kind === 'script') return variablesRead(use.text);
  return expressionsIn(use).expressions.flatMap(({ source, start }) => {
    const read = readIn(running(), source);
    const names = read.ok ? read.facts.identifiers : [];
    return names.map(({ name, start: from, end }) => ({ name, start: start + from, end: start + end }));
  });
}

/** Where `name`, read at `at`, comes from: what is bound around it, else `vars`, else the first capture. */
export function declarationOf(compilation: Compilation, name: string, at: Place | null): Place | null {
  for (let length = at?.path.length ?? 0; at !== null && length > 0; length -= 1) {
    for (const key of ['each', 'matrix']) {
      const path = [...at.path.slice(0, length), key, name];
      if (at.doc.tree.has(path)) return { doc: at.doc, path };
    }
  }
  const captured = compilation.captures.find((capture) => capture.name === name);
  return compilation.variables.get(name)?.declared ?? captured?.place ?? null;
}

/**
 * From the text of a document to a runbook, or to everything that is wrong with it.
 *
 * Invariants:
 * - Pure: other documents come through the callback; the same input gives the same result.
 * - Never throws, whatever the text. One mistake hides no other, save where the syntax of a document is past reading.
 * - The runbook is null exactly when an error is among the diagnostics.
 */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { diagnosticAt, type Finding } from '../diagnostics/position.ts';
import { sortDiagnostics } from '../diagnostics/sort.ts';
import type { ActionSpecs } from './action-spec.ts';
import { advice } from './advice/advice.ts';
import { reportFor } from './advice/lint-rule.ts';
import { shellScripts } from './advice/scripts.ts';
import { Compilation } from './compilation.ts';
import { compileChecklist, unknownCategories } from './compile-checklist.ts';
import { reportExtraKeys } from './compile-include.ts';
import { compileRunbook } from './compile-runbook.ts';
import { compileSteps } from './compile-steps.ts';
import type { Runbook } from './document.ts';
import { documentKinds, isOurs } from './document-kind.ts';
import { type Doc, Frame, isMap, type Subject } from './model.ts';
import type { Recorded } from './older.ts';
import { rules } from './rules/rules.ts';
import { fragmentShape } from './shape.ts';
import type { Load, SourceText } from './source.ts';
import { choice } from './suggest.ts';
import type { Path } from './yaml.ts';

export interface Parsed {
  readonly diagnostics: readonly Diagnostic[];
  readonly runbook: Runbook | null;
  /** Every document that was read, the main one first: what `documents` of the runbook pins. */
  readonly sources: readonly SourceText[];
  /** Where each step of the runbook is written, by its id in the run. Copies of one step stand in one place. */
  readonly places: ReadonlyMap<string, StepPlace>;
  /** The scripts for a shell, in the order in which they were read. */
  readonly scripts: readonly Script[];
}

/** A shell script of a document. */
export interface Script {
  readonly text: string;
  /** The diagnostic of `finding` at `start`..`end` of the text. */
  report(start: number, end: number, finding: Finding): Diagnostic;
}

/** `path`: keys and indexes from the root of document `document` to the step. */
export interface StepPlace {
  readonly document: string;
  readonly path: Path;
}

export interface ParseOptions {
  /** True: a fragment (`steps:`) may be read alone, as far as that goes; the runbook then has it as its only phase. */
  readonly allowFragment?: boolean;
  /** Categories of a checklist that are asked; absent: all. Names that are none are left out, and all are asked where none is left. */
  readonly only?: readonly string[] | undefined;
  /** True: the rules that give advice are asked too. */
  readonly advise?: boolean;
  /** The documents are on record as run; absent: they are not. */
  readonly recorded?: Recorded;
}

/** `main` and what it includes with the place of every name, for editors; right or wrong. */
export function inspectDocument(main: SourceText, load: Load, specs: ActionSpecs): Compilation {
  const compilation = new Compilation(specs, load);
  compileDocument(compilation, main, { allowFragment: true });
  return compilation;
}

/** Reads `main` and what it includes. Diagnostics are in reading order, the main document first. */
export function parseDocument(main: SourceText, load: Load, specs: ActionSpecs, options: ParseOptions = {}): Parsed {
  const compilation = new Compilation(specs, load, options.recorded);
  const runbook = compileDocument(compilation, main, options);
  const { problems, sources } = compilation;
  const paths = sources.map(({ path }) => path);
  const documents = sources.map(({ path, sha256 }) => ({ path, sha256 }));
  return {
    diagnostics: sortDiagnostics(problems.diagnostics, paths),
    runbook: problems.failed || runbook === null ? null : { ...runbook, documents },
    sources,
    scripts: shellScripts(compilation).map((use) => ({
      text: use.text,
      report: (start, end, finding) => {
        const { doc, span } = use.place(start, end);
        return diagnosticAt(doc.source.path, doc.index, span, finding);
      },
    })),
    places: new Map(
      [...compilation.steps].map(([id, { place }]) => [id, { document: place.doc.source.path, path: place.path }]),
    ),
  };
}

/** Codes of what a comment may ignore. */
export const ignorable: ReadonlySet<string> = new Set([
  ...advice.map(({ id }) => id),
  'leading-dash',
  'unreviewed',
  'probe',
  'shellcheck',
]);

type Compiled = Omit<Runbook, 'documents'>;

function compileDocument(compilation: Compilation, main: SourceText, options: ParseOptions): Compiled | null {
  const { allowFragment = false, advise = false } = options;
  const doc = compilation.open(main);
  // What is wrong with somebody else's text is nobody's to see: the message would quote it.
  if (!isOurs(main.text) && (doc === null || compilation.problems.diagnostics.length > 0)) {
    compilation.problems.sayOnly(noDocument(main.path));
    return null;
  }
  if (doc === null) return null;
  const root = { doc, path: [] };
  const { value } = doc.tree;
  const { problems } = compilation;
  const kinds = 'runbook: TITLE, checklist: TITLE, or steps: for a fragment';
  if (value === null) {
    problems.value(root, 'empty-document', 'the document is empty', `begin with ${kinds}`);
    return null;
  }
  if (!isMap(value)) {
    problems.value(root, 'wrong-kind', 'a document is a map of keys', `begin with ${kinds}`);
    return null;
  }
  const [kind = ''] = Object.keys(value);
  switch (kind) {
    case 'runbook':
      return lint(compilation, doc, compileRunbook(compilation, value, doc), { open: false, advise });
    case 'checklist':
      return lint(compilation, doc, checklistAlone(compilation, value, doc, options.only), { open: false, advise });
    case 'steps':
      if (allowFragment) return lint(compilation, doc, fragmentAlone(compilation, value, doc), { open: true, advise });
      problems.key(
        { doc, path: ['steps'] },
        'fragment',
        'this is a fragment and does not stand alone',
        'include it from a runbook',
      );
      return null;
    default: {
      const late = ['runbook', 'checklist', 'steps'].find((key) => Object.hasOwn(value, key));
      const hint = late === undefined ? beginning(kind, Object.keys(value)) : `put ${late} first`;
      problems.key(
        { doc, path: [kind] },
        'wrong-kind',
        `the first key says what a document is, but it is ${kind}`,
        hint,
      );
      return null;
    }
  }
}

/** How a document begins whose first key is none of ours. */
function beginning(kind: string, keys: readonly string[]): string {
  const isTitle = ['name', 'title', 'description'].includes(kind);
  if (isTitle && keys.includes('phases')) return 'begin with runbook: TITLE';
  if (isTitle && keys.includes('categories')) return 'begin with checklist: TITLE';
  return isTitle
    ? 'begin with runbook: TITLE, or checklist: TITLE'
    : choice(kind, ['runbook', 'checklist', 'steps'], 'begin with');
}

/** All that is said of a text that is no YAML and does not begin like a document: its own words may be nobody's to see. */
function noDocument(file: string): Diagnostic {
  const message = 'this is no document of gonogo';
  const hint = `begin with ${documentKinds.map((kind) => `${kind}:`).join(', ')}`;
  return { file, line: 1, column: 1, width: 1, severity: 'error', code: 'wrong-kind', message, hint };
}

function lint(
  compilation: Compilation,
  main: Doc,
  build: () => Compiled,
  { open, advise }: { readonly open: boolean; readonly advise: boolean },
): Compiled {
  const compiled = build();
  const subject: Subject = {
    specs: compilation.specs,
    main,
    open,
    variables: compilation.variables,
    captures: compilation.captures,
    steps: compilation.steps,
    uses: compilation.uses,
    hasTarget: compiled.target !== undefined || open,
    runbook: compiled,
  };
  for (const rule of rules) rule(subject, compilation.problems);
  if (advise) for (const { id, check } of advice) check(subject, reportFor(id, compilation.problems));
  return compiled;
}

function checklistAlone(
  compilation: Compilation,
  raw: Readonly<Record<string, unknown>>,
  doc: Doc,
  only: readonly string[] = [],
): () => Compiled {
  const around = { frame: Frame.root(), bindings: {} };
  const whole = compileChecklist(compilation, raw, { doc, path: [] }, around, null);
  const known = only.length > unknownCategories(whole.rules, only).length;
  const checklist = known ? whole.narrowed(only) : whole;
  return () => {
    const facts = checklist.facts();
    const categories = checklist.blocks().map((block, index) => {
      const { id = '', title = '' } = checklist.rules.categories[index] ?? {};
      return { id, title, steps: [...block.steps] };
    });
    const phases = [...(facts.length === 0 ? [] : [{ id: 'facts', title: 'Facts', steps: [...facts] }]), ...categories];
    const { rules: own } = checklist;
    return { ...copyOfNothing(), kind: 'checklist', title: own.title, phases, checklist: own };
  };
}

function copyOfNothing(): Omit<Compiled, 'kind' | 'title' | 'phases'> {
  return { vars: {}, rollback: { triggers: [], steps: [] }, report: { success: [], sections: [] } };
}

function fragmentAlone(compilation: Compilation, raw: Readonly<Record<string, unknown>>, doc: Doc): () => Compiled {
  const root = { doc, path: [] };
  reportExtraKeys(compilation, raw, root, Object.keys(fragmentShape));
  const context = { frame: Frame.root(), bindings: {}, zone: 'phase', when: [], open: [doc.source.path] } as const;
  const steps = compileSteps(compilation, raw['steps'], { doc, path: ['steps'] }, context);
  return () => ({
    ...copyOfNothing(),
    kind: 'runbook',
    title: doc.source.path,
    phases: [{ id: 'steps', title: 'Steps', steps: [...steps()] }],
  });
}

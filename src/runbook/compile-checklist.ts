/**
 * A checklist as blocks of steps, one block a category, one step an item: a document of its own, or the value of a
 * `checklist` step.
 *
 * Invariant: an item is automatic or asks a person one question; it contains no other step.
 */

import type { Severity } from '../diagnostics/diagnostic.ts';
import type { Compilation, Identity } from './compilation.ts';
import { type Around, type BodyDraft, compileBody, type Head, readHead, renamer } from './compile-body.ts';
import type { Block, ChecklistRules, Item, Step } from './document.ts';
import { inside, isMap, type Place, type Problems, type Sight } from './model.ts';
import { checkName, titleFrom } from './names.ts';
import { mapExpressions } from './rewrite.ts';
import { categoryShape, checklistShape, itemShape } from './shape.ts';
import { choice, suggestion } from './suggest.ts';

export interface CompiledChecklist {
  readonly rules: ChecklistRules;
  /** Builds the steps that tell what kind of repository this is; they come before every item. */
  facts(): readonly Step[];
  /** Builds one block a category, in the order of the document. */
  blocks(): readonly Block[];
  /** The same with some of its categories, of which there is at least one. */
  narrowed(only: readonly string[]): CompiledChecklist;
}

/** The checklist as a step's content: its facts are a block before the categories. */
export function asGate({ rules, facts, blocks }: CompiledChecklist): Pick<CompiledChecklist, 'rules' | 'blocks'> {
  return {
    rules,
    blocks: () => {
      const first = facts();
      return [...(first.length === 0 ? [] : [{ label: 'Facts', steps: first }]), ...blocks()];
    },
  };
}

/** `title` null: the checklist is a document and has its own. `place` is where its keys stand. */
export function compileChecklist(
  compilation: Compilation,
  raw: Readonly<Record<string, unknown>>,
  place: Place,
  around: Around,
  title: string | null,
): CompiledChecklist {
  const { problems } = compilation;
  const keys = Object.keys(checklistShape);
  for (const key of Object.keys(raw)) {
    if (!keys.includes(key)) {
      problems.key(inside(place, key), 'unknown-key', `unknown key ${key}`, choice(key, keys, 'allowed'));
    }
  }
  const own = compilation.readKey(raw, place, 'checklist', checklistShape.checklist);
  const scale = compilation.readKey(raw, place, 'scale', checklistShape.scale) ?? 10;
  const verdict = compilation.readKey(raw, place, 'verdict', checklistShape.verdict);
  const least = compilation.readKey(raw, place, 'least', checklistShape.least);
  if (least !== undefined && Number(least) > scale) {
    problems.value(inside(place, 'least'), 'least', `no score of ${scale} reaches ${least}`, `a number up to ${scale}`);
  }
  const sight: Sight = { fields: {}, bindings: [], frame: around.frame };
  if (own !== undefined) compilation.use({ kind: 'words', text: own, sight, at: inside(place, 'checklist') });
  if (verdict !== undefined) {
    const fields = { score: 'double', blockers: 'int', categories: 'map<string, dyn>' } as const;
    compilation.use({ kind: 'condition', text: verdict, sight: { ...sight, fields }, at: inside(place, 'verdict') });
  }
  const facts = compileFacts(compilation, raw, place, around);
  const given = Object.hasOwn(raw, 'categories') ? raw['categories'] : undefined;
  const at = inside(place, 'categories');
  if (!isMap(given) || Object.keys(given).length === 0) {
    if (given === undefined)
      problems.key(place, 'missing-key', 'a checklist needs categories', 'categories: {ID: {items: [...]}}');
    else problems.value(at, 'empty', 'a checklist needs at least one category', 'categories: {ID: {items: [...]}}');
  }
  const categories = isMap(given)
    ? Object.entries(given).flatMap(([id, value]) =>
        compileCategory(compilation, id, value, inside(at, id), { ...around, facts: facts.names }),
      )
    : [];
  const rules = {
    title: own ?? title ?? '',
    path: place.doc.source.path,
    scale,
    ...(verdict === undefined ? {} : { verdict }),
    ...(least === undefined ? {} : { least }),
  };
  return compiledOf(rules, facts.steps, categories);
}

function compiledOf(
  rules: Omit<ChecklistRules, 'categories'>,
  facts: readonly (() => Step)[],
  categories: readonly Category[],
): CompiledChecklist {
  return {
    rules: { ...rules, categories: categories.map(({ id, title: name, weight }) => ({ id, title: name, weight })) },
    facts: () => facts.map((step) => step()),
    blocks: () =>
      categories.map((category) => ({ label: category.title, steps: category.items.map((item) => item()) })),
    narrowed: (only) => {
      const kept = categories.filter(({ id }) => only.includes(id));
      return compiledOf({ ...rules, only: kept.map(({ id }) => id) }, facts, kept);
    },
  };
}

/** Names among `only` that are no category of a checklist, each with what may be meant. */
export function unknownCategories(
  { categories }: ChecklistRules,
  only: readonly string[],
): readonly { readonly name: string; readonly hint: string }[] {
  const ids = categories.map(({ id }) => id);
  return only
    .filter((name) => !ids.includes(name))
    .map((name) => ({ name, hint: suggestion(name, ids, 'categories') }));
}

interface Category {
  readonly id: string;
  readonly title: string;
  readonly weight: string;
  readonly items: readonly (() => Step)[];
}

function compileCategory(
  compilation: Compilation,
  id: string,
  raw: unknown,
  place: Place,
  around: AroundItems,
): readonly Category[] {
  const { problems } = compilation;
  const wrong = checkName(id, compilation.reserved);
  if (wrong !== null) problems.key(place, 'wrong-name', wrong.message, wrong.hint);
  if (!isMap(raw)) {
    problems.value(place, 'wrong-type', 'a category is a map', 'title, weight and items');
    return [];
  }
  const keys = Object.keys(categoryShape);
  for (const key of Object.keys(raw)) {
    if (!keys.includes(key)) {
      problems.key(inside(place, key), 'unknown-key', `unknown key ${key}`, choice(key, keys, 'allowed'));
    }
  }
  const title = compilation.readKey(raw, place, 'title', categoryShape.title) ?? titleFrom(id);
  const weight = compilation.readKey(raw, place, 'weight', categoryShape.weight) ?? '1';
  const items = compilation.readKey(raw, place, 'items', categoryShape.items);
  if (items === undefined && !Object.hasOwn(raw, 'items'))
    problems.key(place, 'missing-key', `category ${id} has no items`, 'items: [...]');
  if (items?.length === 0)
    problems.value(inside(place, 'items'), 'empty', `category ${id} has no items`, 'take it away');
  const group = { category: id, list: {} };
  const at = inside(place, 'items');
  const compiled = (items ?? []).flatMap((item, index) =>
    compileItem(compilation, item, inside(at, index), around, group),
  );
  return [{ id, title, weight, items: compiled }];
}

function compileItem(
  compilation: Compilation,
  raw: unknown,
  place: Place,
  around: AroundItems,
  { category, list }: { readonly category: string; readonly list: object },
): readonly (() => Step)[] {
  const head = readHead(compilation, raw, place, 'item');
  if (head === null || !compilation.countStep(place)) return [];
  const body = compileBody(compilation, head, around, { env: {}, cwd: undefined }, {});
  const { problems } = compilation;
  if (
    head.spec.flow !== 'leaf' ||
    body.effect === 'gate' ||
    (body.effect === 'person' && head.spec.captureField !== null)
  ) {
    const hint = 'use an automatic action, or manual with the question';
    problems.key(inside(place, head.spec.name), 'item-action', `an item cannot be ${head.spec.name}`, hint);
  }
  const read = readItem(compilation, head, body.sight, around.facts);
  if (read.judge !== undefined && body.effect === 'person') {
    problems.key(
      inside(place, 'judge'),
      'key-not-here',
      `judge has no place beside ${head.spec.name}`,
      'a person is asked anyway',
    );
  }
  for (const text of body.expect)
    reportUnknownFacts(problems, text, inside(place, 'expect'), around.facts, problems.newer);
  const identity = compilation.identify(read.id, read.title ?? body.summary, place, around.frame);
  const title = read.title ?? titleOf(read.id, identity, body);
  return [
    () => {
      const final = renamer(around.frame);
      const step: Step = {
        ...body.finish(),
        id: identity.id,
        title: mapExpressions(title, final),
        ...(read.why === undefined ? {} : { why: mapExpressions(read.why, final) }),
        ...plainLook(around),
        item: itemOf(compilation, head, read, category, around),
      };
      compilation.steps.set(step.id, { step, spec: head.spec, place, frame: around.frame, zone: 'item', list });
      return step;
    },
  ];
}

/** What steps inside a checklist have in common: they look, and whatever they find the others go on. */
function plainLook({ bindings }: Around): PlainLook {
  return {
    undo: { kind: 'none' },
    onFail: 'continue',
    danger: false,
    tty: false,
    roles: [],
    bindings,
    flow: 'leaf',
    blocks: [],
  };
}

type PlainLook = Pick<Step, 'undo' | 'onFail' | 'danger' | 'tty' | 'roles' | 'bindings' | 'flow' | 'blocks'>;

interface AroundItems extends Around {
  readonly facts: ReadonlySet<string>;
}

/** Names of the facts that an expression reads. */
function factsIn(source: string): readonly string[] {
  return [...source.matchAll(/\bfacts\.([A-Za-z_]\w*)/g)].map(([, name = '']) => name);
}

/** What is known of the repository before any item is looked at: a body each, that says yes or no. */
function compileFacts(
  compilation: Compilation,
  raw: Readonly<Record<string, unknown>>,
  root: Place,
  around: Around,
): { readonly names: ReadonlySet<string>; readonly steps: readonly (() => Step)[] } {
  const place = inside(root, 'facts');
  const given = compilation.readKey(raw, root, 'facts', checklistShape.facts) ?? {};
  const list = {};
  const steps = Object.entries(given).flatMap(([name, body]) => {
    const wrong = checkName(name, compilation.reserved);
    if (wrong !== null) compilation.problems.key(inside(place, name), 'wrong-name', wrong.message, wrong.hint);
    return wrong === null ? compileFact(compilation, name, body, inside(place, name), { ...around, list }) : [];
  });
  return { names: new Set(Object.keys(given)), steps };
}

function compileFact(
  compilation: Compilation,
  name: string,
  raw: unknown,
  place: Place,
  around: Around & { readonly list: object },
): readonly (() => Step)[] {
  const head = readHead(compilation, raw, place, 'fact');
  if (head === null || !compilation.countStep(place)) return [];
  const body = compileBody(compilation, head, around, { env: {}, cwd: undefined }, {});
  const { problems } = compilation;
  if (head.spec.flow !== 'leaf' || body.effect !== 'read') {
    const at = inside(place, head.spec.name);
    problems.key(
      at,
      'fact-action',
      `a fact is looked up, so it cannot be ${head.spec.name}`,
      'use grep, file, data, ci or check',
    );
  }
  const title = compilation.readKey(head.raw, place, 'title', itemShape.title) ?? titleFrom(name);
  const { foundWhen } = head.spec;
  const identity = compilation.identify(`fact_${name}`, title, place, around.frame);
  return [
    () => {
      const finished = body.finish();
      const expect = finished.expect.length === 0 && foundWhen !== undefined ? [foundWhen] : finished.expect;
      const step: Step = {
        ...finished,
        expect,
        id: identity.id,
        title,
        ...plainLook(around),
        item: { category: 'facts', severity: 'low', requires: [], fact: name },
      };
      compilation.steps.set(step.id, {
        step,
        spec: head.spec,
        place,
        frame: around.frame,
        zone: 'item',
        list: around.list,
      });
      return step;
    },
  ];
}

/** A question is its own title; a command is not, when the id says more. */
function titleOf(id: string | undefined, { local }: Identity, { summary, effect }: BodyDraft): string {
  return summary === '' || (id !== undefined && effect !== 'person') ? titleFrom(local) : summary;
}

function reportUnknownFacts(
  problems: Problems,
  text: string,
  at: Place,
  facts: ReadonlySet<string>,
  severity: Severity = 'error',
): void {
  for (const name of factsIn(text)) {
    if (facts.has(name)) continue;
    problems.value(at, 'unknown-fact', `there is no fact ${name}`, suggestion(name, [...facts], 'facts'), severity);
  }
}

type ItemKeys = ReturnType<typeof readItem>;

function readItem(compilation: Compilation, { raw, place }: Head, sight: Sight, facts: ReadonlySet<string>) {
  const { readKey } = { readKey: compilation.readKey.bind(compilation) };
  const read = {
    id: readKey(raw, place, 'id', itemShape.id),
    title: readKey(raw, place, 'title', itemShape.title),
    severity: readKey(raw, place, 'severity', itemShape.severity) ?? 'medium',
    weight: readKey(raw, place, 'weight', itemShape.weight),
    why: readKey(raw, place, 'why', itemShape.why),
    fix: readKey(raw, place, 'fix', itemShape.fix),
    owner: readKey(raw, place, 'owner', itemShape.owner),
    ttlMs: readKey(raw, place, 'ttl', itemShape.ttl),
    requires: readKey(raw, place, 'requires', itemShape.requires) ?? [],
    na: readKey(raw, place, 'na', itemShape.na),
    partial: readKey(raw, place, 'partial', itemShape.partial),
    judge: readKey(raw, place, 'judge', itemShape.judge),
  };
  const blind: Sight = { ...sight, fields: {} };
  for (const key of ['title', 'why', 'fix', 'owner'] as const) {
    const text = read[key];
    if (text !== undefined) compilation.use({ kind: 'words', text, sight: blind, at: inside(place, key) });
  }
  for (const key of ['na', 'partial', 'judge'] as const) {
    const text = read[key];
    if (text === undefined) continue;
    compilation.use({ kind: 'condition', text, sight, at: inside(place, key) });
    reportUnknownFacts(compilation.problems, text, inside(place, key), facts);
  }
  return read;
}

function itemOf(compilation: Compilation, { place }: Head, read: ItemKeys, category: string, { frame }: Around): Item {
  const final = renamer(frame);
  const requires = read.requires.flatMap((written, index) => {
    const list = inside(place, 'requires', index);
    const at = list.doc.tree.has(list.path) ? list : inside(place, 'requires');
    const id = compilation.refer(written, frame, at);
    if (id !== null) return [id];
    compilation.problems.value(
      at,
      'unknown-step',
      `there is no item ${written}`,
      suggestion(written, frame.names(), 'items'),
    );
    return [];
  });
  return {
    category,
    severity: read.severity,
    ...(read.weight === undefined ? {} : { weight: read.weight }),
    ...(read.fix === undefined ? {} : { fix: read.fix }),
    ...(read.owner === undefined ? {} : { owner: read.owner }),
    ...(read.ttlMs === undefined ? {} : { ttlMs: read.ttlMs }),
    requires,
    ...(read.na === undefined ? {} : { na: final(read.na) }),
    ...(read.partial === undefined ? {} : { partial: final(read.partial) }),
    ...(read.judge === undefined ? {} : { judge: final(read.judge) }),
  };
}

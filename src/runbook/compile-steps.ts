/**
 * Lists of steps: `each` is expanded, `include` spliced in, `choose`, `parallel` and `checklist` become blocks.
 *
 * Compiling has two passes. The first reads everything and gives ids, in document order; the second, a function that the first
 * returns, builds the steps, when every id that may be referred to is known.
 */
import * as z from 'zod';
import type { Compilation, Identity } from './compilation.ts';
import { type Around, type BodyDraft, compileBody, type Head, readHead, renamer, reportKeys } from './compile-body.ts';
import { asGate, compileChecklist } from './compile-checklist.ts';
import type { Block, Body, ChecklistRules, Step, Undo } from './document.ts';
import { refersTo } from './expression.ts';
import { readWith } from './issues.ts';
import { inside, isMap, type Place, type Sight, type Zone } from './model.ts';
import { checkName, titleFrom } from './names.ts';
import { fillBindings, mapExpressions } from './rewrite.ts';
import { text } from './scalar.ts';
import { fragmentShape, runbookShape, stepShape } from './shape.ts';
import { suggestion } from './suggest.ts';

/** What surrounds a list of steps. */
export interface Context extends Around {
  readonly zone: Zone;
  /** Conditions of the includes around, as the run knows them. */
  readonly when: readonly string[];
  /** Paths of the documents that are being read, outermost first. */
  readonly open: readonly string[];
}

export type Later<T> = () => T;

const nothing: Later<readonly Step[]> = () => [];

/** The steps of a list; what is no list is reported. `list` is the identity of the list that they end up in. */
export function compileSteps(
  compilation: Compilation,
  raw: unknown,
  place: Place,
  context: Context,
  list: object = {},
): Later<readonly Step[]> {
  if (!Array.isArray(raw)) {
    compilation.problems.value(place, raw === null ? 'missing-value' : 'wrong-type', 'expected a list of steps', '');
    return nothing;
  }
  const items: readonly unknown[] = raw;
  const steps = items.map((item, index) => compileStep(compilation, item, inside(place, index), context, list));
  return () => steps.flatMap((later) => later());
}

function compileStep(
  compilation: Compilation,
  raw: unknown,
  place: Place,
  context: Context,
  list: object,
): Later<readonly Step[]> {
  const head = readHead(compilation, raw, place, 'step');
  if (head === null) return nothing;
  if (!Object.hasOwn(head.raw, 'each')) return compileOne(compilation, head, context, list);
  const rows = readEach(compilation, head);
  const wasQuiet = compilation.problems.quiet;
  const copies = rows.map((row, index) => {
    compilation.problems.quiet = wasQuiet || index > 0;
    const frame = context.frame.copy(index + 1);
    return compileOne(compilation, head, { ...context, frame, bindings: { ...context.bindings, ...row } }, list);
  });
  compilation.problems.quiet = wasQuiet;
  return () => copies.flatMap((later) => later());
}

/** One map of bindings a copy. Several names are taken together: first with first, second with second. */
function readEach(compilation: Compilation, { raw, place }: Head): readonly Readonly<Record<string, string>>[] {
  const { problems } = compilation;
  const at = inside(place, 'each');
  const each = isMap(raw['each']) ? raw['each'] : {};
  const empty = Object.keys(each).find((name) => Array.isArray(each[name]) && each[name].length === 0);
  if (empty !== undefined || (isMap(raw['each']) && Object.keys(each).length === 0)) {
    const where = empty === undefined ? at : inside(at, empty);
    problems.value(where, 'each-empty', 'each over nothing makes no step', 'list the values, or take the step away');
    return [];
  }
  const read = compilation.readKey(raw, place, 'each', stepShape.each);
  if (read === undefined) return [{}];
  const names = Object.keys(read);
  for (const name of names) reportBinding(compilation, name, inside(at, name));
  for (const [name, values] of Object.entries(read)) {
    values.forEach((value, index) => {
      if (value.includes('${{')) {
        const hint = 'steps are copied when the document is read: write the values out';
        problems.value(inside(at, name, index), 'template-here', 'each takes no ${{ }}', hint);
      }
    });
  }
  const lengths = names.map((name) => read[name]?.length ?? 0);
  const length = lengths[0] ?? 0;
  const other = names.find((_, index) => lengths[index] !== length);
  if (other !== undefined) {
    const message = `${other} has ${read[other]?.length} values, ${names[0]} has ${length}`;
    problems.key(
      inside(at, other),
      'each-uneven',
      message,
      'lists of one each are taken together: make them equally long',
    );
  }
  return Array.from({ length }, (_, index) =>
    Object.fromEntries(names.map((name) => [name, read[name]?.[index] ?? ''])),
  );
}

function reportBinding({ problems, reserved }: Compilation, name: string, place: Place): void {
  const wrong = checkName(name, reserved);
  if (wrong !== null) problems.key(place, 'wrong-name', wrong.message, wrong.hint);
}

function compileOne(compilation: Compilation, head: Head, context: Context, list: object): Later<readonly Step[]> {
  if (!compilation.countStep(head.place)) return nothing;
  return head.spec.flow === 'include'
    ? compileInclude(compilation, head, context, list)
    : compileOwn(compilation, head, context, list);
}

// ---------------------------------------------------------------------------------------------- include

const includeParams = z.object({ steps: z.string(), vars: z.record(z.string(), z.string()) });

function compileInclude(compilation: Compilation, head: Head, context: Context, list: object): Later<readonly Step[]> {
  const { place, spec, raw } = head;
  const { problems } = compilation;
  reportKeys(compilation, head, null);
  const read = readWith(spec.params, raw[spec.name], [...place.path, spec.name]);
  if (!read.ok) {
    for (const problem of read.problems) problems.schema(place.doc, problem);
    return nothing;
  }
  const params = includeParams.parse(read.value);
  const heading = readHeading(compilation, head, context, params.steps.replace(/^.*\//, '').replace(/\.ya?ml$/, ''));
  const at = inside(place, spec.name);
  const pathPlace = place.doc.tree.has([...at.path, 'steps']) ? inside(at, 'steps') : at;
  const bindings = bindingsOf(compilation, params.vars, inside(at, 'vars'), context);
  const doc = compilation.include(params.steps, pathPlace, context.open);
  if (doc === null) return nothing;
  const steps = stepsOfFragment(compilation, doc, pathPlace);
  if (steps === null) return nothing;
  const frame = context.frame.inner(heading.identity.local);
  const final = renamer(context.frame);
  return compileSteps(
    compilation,
    steps,
    { doc, path: ['steps'] },
    {
      ...context,
      frame,
      bindings: { ...context.bindings, ...bindings },
      when: heading.when === undefined ? context.when : [...context.when, final(heading.when)],
      open: [...context.open, doc.source.path],
    },
    list,
  );
}

function bindingsOf(
  compilation: Compilation,
  vars: Readonly<Record<string, string>>,
  place: Place,
  context: Context,
): Readonly<Record<string, string>> {
  const entries = Object.entries(vars).map(([name, template]) => {
    const at = inside(place, name);
    reportBinding(compilation, name, at);
    const sight: Sight = { fields: {}, bindings: Object.keys(context.bindings), frame: context.frame };
    compilation.use({ kind: 'template', text: template, sight, at });
    const filled = fillBindings(template, context.bindings);
    const final = mapExpressions(filled, renamer(context.frame));
    return [name, final] as const;
  });
  return Object.fromEntries(entries);
}

function stepsOfFragment({ problems }: Compilation, doc: Place['doc'], place: Place): unknown {
  const root = { doc, path: [] };
  const { value } = doc.tree;
  const kind = isMap(value) ? Object.keys(value)[0] : undefined;
  if (!isMap(value) || kind !== 'steps') {
    const what = kind !== undefined && Object.hasOwn(runbookShape, kind) ? 'a runbook' : 'something else';
    problems.value(
      place,
      'wrong-kind',
      `include takes a document that begins with steps:, but this is ${what}`,
      `look at ${doc.source.path}`,
    );
    return null;
  }
  reportExtraKeys({ problems }, value, root, Object.keys(fragmentShape));
  return value['steps'];
}

/** Reports the keys of a fragment that do not belong there. */
export function reportExtraKeys(
  { problems }: Pick<Compilation, 'problems'>,
  value: Readonly<Record<string, unknown>>,
  root: Place,
  known: readonly string[],
): void {
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    problems.key(inside(root, key), 'unknown-key', `unknown key ${key}`, suggestion(key, known, 'allowed'));
  }
}

// ---------------------------------------------------------------------------------------------- steps of our own

interface Heading {
  readonly identity: Identity;
  readonly title: string | undefined;
  readonly why: string | undefined;
  readonly when: string | undefined;
}

/** What a step is called and when it is taken. */
function readHeading(compilation: Compilation, head: Head, context: Context, summary: string): Heading {
  const { raw, place } = head;
  const id = compilation.readKey(raw, place, 'id', stepShape.id);
  const title = compilation.readKey(raw, place, 'title', stepShape.title);
  const why = compilation.readKey(raw, place, 'why', stepShape.why);
  const when = compilation.readKey(raw, place, 'when', stepShape.when);
  const sight: Sight = { fields: {}, bindings: Object.keys(context.bindings), frame: context.frame };
  if (title !== undefined) compilation.use({ kind: 'words', text: title, sight, at: inside(place, 'title') });
  if (why !== undefined) compilation.use({ kind: 'words', text: why, sight, at: inside(place, 'why') });
  if (when !== undefined) compilation.use({ kind: 'condition', text: when, sight, at: inside(place, 'when') });
  return { identity: compilation.identify(id, title ?? summary, place, context.frame), title, why, when };
}

const noInheritance = { env: {}, cwd: undefined } as const;

function compileOwn(compilation: Compilation, head: Head, context: Context, list: object): Later<readonly Step[]> {
  const { raw, place, spec } = head;
  const owner = {};
  const body = compileBody(compilation, head, context, noInheritance, owner);
  const heading = readHeading(compilation, head, context, body.summary);
  const read = <T>(key: keyof typeof stepShape, schema: z.ZodType<T>) => compilation.readKey(raw, place, key, schema);
  const onFail = read('on_fail', stepShape.on_fail) ?? 'ask';
  const danger = read('danger', stepShape.danger) ?? false;
  const tty = read('tty', stepShape.tty) ?? false;
  const owes = read('owes', stepShape.owes);
  const settles = read('settles', stepShape.settles);
  const roles = read('roles', stepShape.roles) ?? [];
  const doneWhen = compileDoneWhen(compilation, head, context, body);
  const undo = compileUndo(compilation, head, context, body, owner);
  const inner = compileInner(compilation, head, context, body, heading);
  if (owes !== undefined) {
    compilation.use({ kind: 'words', text: owes, sight: { ...body.sight, fields: {} }, at: inside(place, 'owes') });
  }
  if (tty) reportTty(compilation, head, body);
  const { bindings } = context;
  return () => {
    const final = renamer(context.frame);
    const when = [...context.when, ...(heading.when === undefined ? [] : [final(heading.when)])];
    const title = heading.title ?? titleOf(raw['id'], heading.identity, body.summary);
    const settled =
      settles === undefined ? undefined : resolve(compilation, settles, inside(place, 'settles'), context);
    const step: Step = {
      ...body.finish(),
      id: heading.identity.id,
      title: fillBindings(mapExpressions(title, final), bindings),
      ...(heading.why === undefined ? {} : { why: fillBindings(mapExpressions(heading.why, final), bindings) }),
      ...(when.length === 0 ? {} : { when: joined(when) }),
      ...(doneWhen === null ? {} : { doneWhen: doneWhen() }),
      undo: undo(),
      onFail,
      danger,
      tty,
      ...(owes === undefined ? {} : { owes: fillBindings(mapExpressions(owes, final), bindings) }),
      ...(settled === undefined || settled === null ? {} : { settles: settled }),
      roles,
      bindings,
      flow: spec.flow === 'include' ? 'leaf' : spec.flow,
      ...(inner.rules === null ? {} : { checklist: inner.rules }),
      blocks: inner.blocks(),
    };
    compilation.steps.set(step.id, { step, spec, place, frame: context.frame, zone: context.zone, list });
    return [step];
  };
}

function titleOf(id: unknown, { local }: Identity, summary: string): string {
  return typeof id === 'string' || summary === '' ? titleFrom(local) : summary;
}

function joined(conditions: readonly string[]): string {
  const [only] = conditions;
  return only !== undefined && conditions.length === 1 ? only : conditions.map((text) => `(${text})`).join(' && ');
}

/** The id in the run of a step that `written` at `place` refers to; null after reporting that there is none. */
function resolve(compilation: Compilation, written: string, place: Place, { frame }: Around): string | null {
  const id = frame.resolve(written);
  if (id !== null) return id;
  const copies = frame.resolve(`${written}_1`) === null ? '' : `each makes copies of it: ${written}_1, …`;
  const hint = copies === '' ? suggestion(written, frame.names(), 'steps') : copies;
  compilation.problems.value(place, 'unknown-step', `there is no step ${written}`, hint);
  return null;
}

function reportTty({ problems }: Compilation, { spec, place }: Head, body: BodyDraft): void {
  const at = inside(place, 'tty');
  if (!Object.hasOwn(spec.fields, 'exit')) {
    problems.key(at, 'tty-here', `${spec.name} has no use for the terminal`, 'tty goes with a command');
    return;
  }
  const read = ['stdout', 'output', 'json'].find((name) => body.expect.some((source) => refersTo(source).has(name)));
  if (read === undefined) return;
  const message = `with tty the output goes to the terminal, so expect cannot see ${read}`;
  problems.key(at, 'tty-output', message, 'expect something of exit, or let another step check');
}

function compileDoneWhen(compilation: Compilation, owner: Head, context: Context, body: BodyDraft): Later<Body> | null {
  return Object.hasOwn(owner.raw, 'done_when') ? compileProbe(compilation, owner, 'done_when', context, body) : null;
}

/** The body at the key `role` of `owner`, which only looks. */
export function compileProbe(
  compilation: Compilation,
  owner: Pick<Head, 'raw' | 'place'>,
  role: 'done_when' | 'identity',
  around: Around,
  inherited: Pick<BodyDraft, 'env' | 'cwd'>,
): Later<Body> | null {
  const place = inside(owner.place, role);
  const head = readHead(compilation, owner.raw[role], place, role);
  if (head === null) return null;
  const draft = compileBody(compilation, head, around, inherited, {});
  const at = inside(place, head.spec.name);
  const { problems } = compilation;
  if (head.spec.flow !== 'leaf' || draft.effect === 'person' || draft.effect === 'gate') {
    problems.key(
      at,
      'probe',
      `${role} is asked without a person, so ${head.spec.name} cannot serve`,
      'use check or http',
    );
  } else if (role === 'identity' && head.spec.captureField === null) {
    problems.key(at, 'probe', `${head.spec.name} reads no text that could identify a target`, 'use check');
  } else if (draft.effect === 'once') {
    problems.warn(
      at,
      'probe',
      `${role} is asked again and again, but ${head.spec.name} is taken to change something`,
      'use check, or say effect: read',
    );
  }
  return () => draft.finish();
}

function compileUndo(
  compilation: Compilation,
  { raw, place }: Head,
  context: Context,
  body: BodyDraft,
  owner: object,
): Later<Undo> {
  const at = inside(place, 'undo');
  if (!Object.hasOwn(raw, 'undo')) return () => ({ kind: 'none' });
  const { problems } = compilation;
  if (context.zone === 'rollback') {
    problems.key(at, 'undo-here', 'a rollback step is not undone', 'take the undo away');
    return () => ({ kind: 'none' });
  }
  const given = raw['undo'];
  if (typeof given === 'string') {
    return () => {
      const by = resolve(compilation, given, at, context);
      return by === null ? { kind: 'none' } : { kind: 'covered', by };
    };
  }
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (list.length === 0) problems.value(at, 'empty', 'an empty list undoes nothing', 'take the undo away');
  const bodies = list.flatMap((item, index) => {
    const where = Array.isArray(given) ? inside(at, index) : at;
    const head = readHead(compilation, item, where, 'undo');
    if (head === null) return [];
    const draft = compileBody(compilation, head, context, body, owner);
    if (head.spec.flow !== 'leaf' || draft.effect === 'gate') {
      problems.key(
        inside(where, head.spec.name),
        'undo-action',
        `an undo cannot be ${head.spec.name}`,
        'use an action that does one thing',
      );
    }
    return [draft];
  });
  return () =>
    bodies.length === 0 ? { kind: 'none' } : { kind: 'bodies', bodies: bodies.map((draft) => draft.finish()) };
}

// ---------------------------------------------------------------------------------------------- blocks

interface Inner {
  readonly rules: ChecklistRules | null;
  readonly blocks: Later<readonly Block[]>;
}

const leaf: Inner = { rules: null, blocks: () => [] };

function compileInner(
  compilation: Compilation,
  head: Head,
  context: Context,
  body: BodyDraft,
  heading: Heading,
): Inner {
  switch (head.spec.flow) {
    case 'leaf':
    case 'include':
      return leaf;
    case 'choose':
      return { rules: null, blocks: compileOptions(compilation, head, context, body) };
    case 'parallel': {
      const at = inside(head.place, head.spec.name);
      const inner: Context = { ...context, zone: 'parallel' };
      const steps = compileSteps(compilation, head.raw[head.spec.name], at, inner);
      return { rules: null, blocks: () => [{ label: 'parallel', steps: steps() }] };
    }
    case 'checklist':
      return compileGate(compilation, head, context, heading);
  }
}

interface Option {
  readonly label: string;
  readonly when: string | undefined;
  readonly goto: string | undefined;
}

/** What of an option can be used; what is wrong with it the action's own schema says. */
function optionOf(raw: unknown): Option {
  const read = (key: string): string | undefined => {
    const result = text.safeParse(isMap(raw) ? raw[key] : undefined);
    return result.success ? result.data : undefined;
  };
  return { label: read('label') ?? '', when: read('when'), goto: read('goto') };
}

function compileOptions(
  compilation: Compilation,
  head: Head,
  context: Context,
  body: BodyDraft,
): Later<readonly Block[]> {
  const raw = head.raw[head.spec.name];
  const rawOptions: readonly unknown[] = isMap(raw) && Array.isArray(raw['options']) ? raw['options'] : [];
  const sight: Sight = { ...body.sight, fields: {} };
  const blocks = rawOptions.map((option, index) => {
    const at = inside(head.place, head.spec.name, 'options', index);
    const read = optionOf(option);
    const nested = isMap(option) && Object.hasOwn(option, 'steps') ? option['steps'] : [];
    const steps = compileSteps(compilation, nested, inside(at, 'steps'), context);
    if (read.when !== undefined) compilation.use({ kind: 'condition', text: read.when, sight, at: inside(at, 'when') });
    return (): Block => {
      const target = read.goto === undefined ? null : resolve(compilation, read.goto, inside(at, 'goto'), context);
      return {
        label: read.label,
        ...(read.when === undefined ? {} : { when: renamer(context.frame)(read.when) }),
        ...(target === null ? {} : { goto: target }),
        steps: steps(),
      };
    };
  });
  return () => blocks.map((block) => block());
}

function compileGate(compilation: Compilation, head: Head, context: Context, heading: Heading): Inner {
  const { raw, place, spec } = head;
  const at = inside(place, spec.name);
  const frame = context.frame.inner(heading.identity.local);
  const given = raw[spec.name];
  if (isMap(given)) {
    const title = heading.title ?? titleFrom(heading.identity.local);
    return asGate(compileChecklist(compilation, given, at, { frame, bindings: context.bindings }, title));
  }
  if (typeof given !== 'string') return leaf;
  const doc = compilation.include(given, at, context.open);
  if (doc === null) return leaf;
  const { value } = doc.tree;
  if (!isMap(value) || Object.keys(value)[0] !== 'checklist') {
    const hint = `look at ${doc.source.path}`;
    compilation.problems.value(at, 'wrong-kind', 'a checklist step takes a document that begins with checklist:', hint);
    return leaf;
  }
  return asGate(compileChecklist(compilation, value, { doc, path: [] }, { frame, bindings: context.bindings }, null));
}

/**
 * Lists of steps: `each` is expanded, `include` spliced in, `steps`, `choose`, `parallel` and `checklist` become blocks.
 *
 * Compiling has two passes. The first reads everything and gives ids, in document order; the second, a function that the first
 * returns, builds the steps, when every id that may be referred to is known.
 */
import type * as z from 'zod';
import type { Compilation } from './compilation.ts';
import { type Around, type BodyDraft, compileBody, type Head, readHead, renamer } from './compile-body.ts';
import { asGate, type CompiledChecklist, compileChecklist, unknownCategories } from './compile-checklist.ts';
import { containerStep, contextInside, heldOnFail, insideSequence } from './compile-container.ts';
import { type Context, type Later, resolve, type Spreads } from './compile-context.ts';
import { type Copies, compileGather, isCopied, keepsOwnValues, readEach, reportUncaptured } from './compile-each.ts';
import { type Heading, joined, readHeading, titleOf } from './compile-heading.ts';
import { type Included, readInclude, reportExtraKeys } from './compile-include.ts';
import { insideOn, isSpread, readOn } from './compile-on.ts';
import { approversOf } from './compile-roles.ts';
import { compileDoneWhen, compileUndo } from './compile-undo.ts';
import type { Block, ChecklistRules, Step } from './document.ts';
import { refersTo } from './expression.ts';
import { inside, isMap, type Place, type Sight } from './model.ts';
import { titleFrom } from './names.ts';
import { boundInside, fillBindings, mapExpressions, mapStrings } from './rewrite.ts';
import { Plain, text } from './scalar.ts';
import { gateShape, stepShape } from './shape.ts';

const nothing: Later<readonly Step[]> = () => [];

/** What to write instead of `raw`, which stands under `key`. */
function listHint(raw: unknown, key: string): string {
  if (typeof raw === 'string' || raw instanceof Plain) {
    const { source } = raw instanceof Plain ? raw : { source: raw };
    return /\.ya?ml$/.test(source) ? `include: ${source}` : `${key}: [{ run: ${source} }]`;
  }
  if (isMap(raw) && Object.hasOwn(raw, 'at_most')) return `at_most stands beside it: ${key}: [...], at_most: 2`;
  return isMap(raw) ? `put - before each step, or [ ] around them: ${key}: [{ run: make }]` : '';
}

/** The steps of a list; what is no list is reported. `list` is the identity of the list that they end up in. */
export function compileSteps(
  compilation: Compilation,
  raw: unknown,
  place: Place,
  context: Context,
  list: object = {},
): Later<readonly Step[]> {
  if (!Array.isArray(raw)) {
    compilation.problems.value(
      place,
      raw === null ? 'missing-value' : 'wrong-type',
      'expected a list of steps',
      listHint(raw, String(place.path.at(-1))),
    );
    return nothing;
  }
  const items: readonly unknown[] = raw;
  const steps = items.map((item, index) => compileStep(compilation, item, inside(place, index), context, list));
  return () => steps.flatMap((later) => later());
}

/** The steps that one entry of a list comes to: its copies, or what it includes. */
export function compileStep(
  compilation: Compilation,
  raw: unknown,
  place: Place,
  context: Context,
  list: object,
): Later<readonly Step[]> {
  const head = readHead(compilation, raw, place, 'step');
  if (head === null) return nothing;
  if (!isCopied(head, isSpread(head, context))) return compileOne(compilation, head, context, list);
  const copied = readEach(compilation, head, context, keepsOwnValues(compilation, head, context.open));
  if (copied.kind === 'later') return compilePattern(compilation, head, context, copied, list);
  const { rows } = copied;
  const wasQuiet = compilation.problems.quiet;
  const copies = rows.map((row, index) => {
    compilation.problems.quiet = wasQuiet || index > 0;
    const frame = context.frame.copy(index + 1);
    return compileOne(compilation, head, { ...context, frame, bindings: boundInside(context.bindings, row) }, list);
  });
  compilation.problems.quiet = wasQuiet;
  return () => copies.flatMap((later) => later());
}

/** Copies that the run makes: a step that holds them, and the pattern that they are made of. */
function compilePattern(
  compilation: Compilation,
  head: Head,
  context: Context,
  { lists, multiply, bindings }: Extract<Copies, { kind: 'later' }>,
  list: object,
): Later<readonly Step[]> {
  const mark = compilation.nextMark();
  const gather = compileGather(compilation, head);
  const within: Context = {
    ...context,
    frame: context.frame.pattern(mark),
    when: [],
    bindings: boundInside(context.bindings, bindings),
    // One copy is one step, so what it includes keeps together.
    beside: true,
    onFailInside: heldOnFail(context),
  };
  const identity = compilation.identify(...nameOf(compilation, head), head.place, context.frame);
  const pattern = compileOne(compilation, { ...head, raw: { ...head.raw, id: identity.local } }, within, {});
  const heading = { identity, title: undefined, why: undefined, when: undefined };
  const names = lists.map(({ name, values }) => `${name} of ${values}`);
  return () => {
    const [made] = pattern();
    if (made === undefined) return [];
    reportUncaptured(compilation, gather, made, head.place);
    const summary = shortLine(`for each ${names.join(multiply ? ', with each ' : ', together with ')}`);
    const container = {
      head,
      context,
      heading,
      what: { action: 'each', params: {}, summary },
      onFail: made.onFail,
      list,
    };
    const each = { lists, multiply, gather, mark, pattern: made };
    return [containerStep(compilation, container, { flow: 'each', blocks: [], each })];
  };
}

function shortLine(text: string): string {
  return [...text.replaceAll(/\s+/g, ' ')].slice(0, 200).join('');
}

/** The id that a step gives, and the title that it has one made of. */
function nameOf(compilation: Compilation, { raw, place, spec }: Head): readonly [string | undefined, string] {
  const { problems } = compilation;
  const wasQuiet = problems.quiet;
  // The pattern is read with the same title and says what is wrong with it.
  problems.quiet = true;
  const title = compilation.readKey(raw, place, 'title', stepShape.title);
  problems.quiet = wasQuiet;
  return [compilation.readKey(raw, place, 'id', stepShape.id), title ?? spec.name];
}

function compileOne(compilation: Compilation, head: Head, context: Context, list: object): Later<readonly Step[]> {
  if (!compilation.countStep(head.place)) return nothing;
  if (head.spec.flow === 'include') return compileInclude(compilation, head, context, list);
  const spreads = head.spec.onHosts === true ? readOn(compilation, head, context) : undefined;
  return spreads === undefined
    ? compileOwn(compilation, head, context, list)
    : compileOnHosts(compilation, head, context, spreads, list);
}

/** On hosts `host` is the name of each, so what a document gives by that name is not seen there. */
function reportHidden({ problems, variables }: Compilation, { place }: Head, { bindings }: Context): void {
  const given = variables.get('host')?.declared ?? undefined;
  const message = 'on hosts host is the name of each of them, which hides this value of host there';
  if (Object.hasOwn(bindings, 'host')) problems.warn(place, 'host-hidden', message, 'give the value another name');
  else if (given !== undefined && !problems.diagnostics.some(({ code }) => code === 'host-hidden'))
    problems.warn(given, 'host-hidden', message, 'give the variable another name');
}

/** A step that has a copy for each host of `spreads`. */
function compileOnHosts(
  compilation: Compilation,
  head: Head,
  context: Context,
  { on, become }: Spreads,
  list: object,
): Later<readonly Step[]> {
  const mark = compilation.nextMark();
  reportHidden(compilation, head, context);
  const copied = isCopied(head, true);
  const gather = copied ? {} : compileGather(compilation, head);
  const within: Context = {
    ...context,
    frame: context.frame.pattern(mark),
    when: [],
    bindings: boundInside(context.bindings, { host: '${{ host }}' }),
  };
  const identity = compilation.identify(...nameOf(compilation, head), head.place, context.frame);
  const pattern = compileOwn(compilation, { ...head, raw: { ...head.raw, id: identity.local } }, within, {});
  const written = head.raw['when'];
  // What asks nothing of a host is asked once.
  const when = typeof written === 'string' && !refersTo(written).has('host') ? written : undefined;
  return () => {
    const [bare] = pattern();
    if (bare === undefined) return [];
    const made = become === undefined ? bare : { ...bare, become };
    reportUncaptured(compilation, gather, made, head.place);
    const said = typeof on.hosts === 'string' ? on.hosts : on.hosts.join(', ');
    const title = made.title.includes('${{') ? undefined : made.title;
    const container = {
      head,
      context,
      heading: { identity, title, why: made.why, when },
      what: { action: 'each', params: {}, summary: shortLine(`on ${said}: ${made.summary}`) },
      onFail: made.onFail,
      list,
    };
    const each = { lists: [], multiply: false, gather, mark, pattern: made };
    // One terminal cannot be on several hosts.
    const spread = made.tty ? { ...on, atOnce: 1 } : on;
    return [containerStep(compilation, container, { flow: 'each', blocks: [], each, on: spread, danger: made.danger })];
  };
}

function compileInclude(compilation: Compilation, head: Head, context: Context, list: object): Later<readonly Step[]> {
  const read = readInclude(compilation, head, context);
  if (read === null) return nothing;
  if (context.beside === true || Object.hasOwn(head.raw, 'on'))
    return compileBranch(compilation, head, context, read, list);
  return compileSteps(compilation, read.steps, read.place, read.context, list);
}

/** An `include` beside others: its steps keep their order, so it is a step that holds them. */
function compileBranch(
  compilation: Compilation,
  head: Head,
  context: Context,
  { heading, steps, place, params, onFail, context: within }: Included,
  list: object,
): Later<readonly Step[]> {
  const spread = insideOn(compilation, head, context, heading.identity.id);
  const inner = compileSteps(compilation, steps, place, { ...insideSequence(within, onFail), on: spread.inside });
  const what = {
    action: head.spec.name,
    params: mapStrings(params, (written) => written),
    summary: head.spec.summary(params),
  };
  const container = { head, context, heading, what, onFail, list };
  const on = spread.own === undefined ? {} : { on: spread.own };
  return () => [
    containerStep(compilation, container, { flow: 'steps', blocks: [{ label: 'steps', steps: inner() }], ...on }),
  ];
}

const noInheritance = { env: {}, cwd: undefined } as const;

function compileOwn(compilation: Compilation, head: Head, context: Context, list: object): Later<readonly Step[]> {
  const { raw, place, spec } = head;
  const owner = {};
  const body = compileBody(compilation, head, context, noInheritance, owner);
  const heading = readHeading(compilation, head, context, body.summary);
  const read = <T>(key: keyof typeof stepShape, schema: z.ZodType<T>) => compilation.readKey(raw, place, key, schema);
  const givenOnFail = read('on_fail', stepShape.on_fail);
  const around = spec.flow === 'leaf' ? context.onFail : heldOnFail(context);
  // What holds for the steps around it lets nobody pass a gate.
  const passing = !compilation.gatesInherit && (around === 'ignore' || around === 'continue');
  const onFail = givenOnFail ?? (body.effect === 'gate' && passing ? undefined : around) ?? 'ask';
  const danger = read('danger', stepShape.danger) ?? false;
  const tty = read('tty', stepShape.tty) ?? false;
  const evidence = readEvidence(compilation, head, body);
  const owes = read('owes', stepShape.owes);
  const settles = read('settles', stepShape.settles);
  const roles = read('roles', stepShape.roles) ?? [];
  const doneWhen = compileDoneWhen(compilation, head, context, body);
  const undo = compileUndo(compilation, head, context, body, owner);
  const spread = insideOn(compilation, head, context, heading.identity.id);
  const within = { ...contextInside(context, spec.flow, givenOnFail), on: spread.inside };
  const inner = compileInner(compilation, head, within, body, heading);
  if (owes !== undefined) {
    compilation.use({ kind: 'words', text: owes, sight: { ...body.sight, fields: {} }, at: inside(place, 'owes') });
  }
  if (tty) reportTty(compilation, head, body);
  const approvers = spec.name === 'approve' ? approversOf(compilation.roles, body.params) : null;
  return () => {
    const final = renamer(context.frame);
    const when = [...context.when, ...(heading.when === undefined ? [] : [final(heading.when)])];
    const title = heading.title ?? titleOf(raw['id'], heading.identity, body.summary);
    const settled =
      settles === undefined ? undefined : resolve(compilation, settles, inside(place, 'settles'), context);
    const step: Step = {
      ...body.finish(),
      id: heading.identity.id,
      title: fillBindings(mapExpressions(title, final), context.bindings),
      ...(heading.why === undefined ? {} : { why: fillBindings(mapExpressions(heading.why, final), context.bindings) }),
      ...(when.length === 0 ? {} : { when: joined(when) }),
      ...(doneWhen === null ? {} : { doneWhen: doneWhen() }),
      undo: undo(),
      onFail,
      danger,
      tty,
      ...(evidence.length === 0 ? {} : { evidence: evidence.map((pattern) => mapExpressions(pattern, final)) }),
      ...(owes === undefined ? {} : { owes: fillBindings(mapExpressions(owes, final), context.bindings) }),
      ...(settled === undefined || settled === null ? {} : { settles: settled }),
      ...(heading.everyMs === undefined ? {} : { everyMs: heading.everyMs }),
      roles,
      bindings: context.bindings,
      flow: spec.flow === 'include' ? 'leaf' : spec.flow,
      ...(spread.own === undefined ? {} : { on: spread.own }),
      ...(approvers === null ? {} : { approvers }),
      ...(inner.rules === null ? {} : { checklist: inner.rules }),
      blocks: inner.blocks(),
    };
    compilation.steps.set(step.id, { step, spec, place, frame: context.frame, zone: context.zone, list });
    return [step];
  };
}

/** The patterns of files that the step leaves; what is no command makes none. */
function readEvidence(compilation: Compilation, { raw, place, spec }: Head, body: BodyDraft): readonly string[] {
  // Where a person does it the key has no place, which is said already.
  if (!Object.hasOwn(raw, 'evidence') || body.effect === 'person' || spec.flow !== 'leaf') return [];
  const at = inside(place, 'evidence');
  if (!Object.hasOwn(spec.fields, 'exit')) {
    const hint = 'evidence goes with a command; what others read is kept by itself';
    compilation.problems.key(at, 'evidence-here', `${spec.name} makes no files`, hint);
    return [];
  }
  const patterns = compilation.readKey(raw, place, 'evidence', stepShape.evidence) ?? [];
  const sight: Sight = { ...body.sight, fields: {} };
  patterns.forEach((text, index) => {
    const one = inside(at, index);
    compilation.use({ kind: 'template', text, sight, at: one.doc.tree.has(one.path) ? one : at });
  });
  return patterns;
}

function reportTty({ problems }: Compilation, { spec, place }: Head, body: BodyDraft): void {
  const at = inside(place, 'tty');
  if (!Object.hasOwn(spec.fields, 'exit')) {
    problems.key(at, 'tty-here', `${spec.name} has no use for the terminal`, 'tty goes with a command');
    return;
  }
  const unseen = (sources: readonly string[]): string | undefined =>
    ['stdout', 'output', 'json'].find((name) => sources.some((source) => refersTo(source).has(name)));
  const report = (key: string, name: string, hint: string): void => {
    const message = `with tty the output goes to the terminal, so ${key} cannot see ${name}`;
    problems.key(inside(place, key), 'tty-output', message, hint);
  };
  const expected = unseen(body.expect);
  if (expected !== undefined) report('expect', expected, 'expect something of exit, or let another step check');
  const captured = unseen(Object.values(body.capture));
  if (captured !== undefined) report('capture', captured, 'let another step, without tty, print the value');
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
    case 'parallel':
    case 'steps': {
      const { name } = head.spec;
      const steps = compileSteps(compilation, head.raw[name], inside(head.place, name), context);
      return { rules: null, blocks: () => [{ label: name, steps: steps() }] };
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
  const around = { frame, bindings: context.bindings };
  if (isMap(given) && Object.hasOwn(given, 'file')) {
    reportExtraKeys(compilation, given, at, Object.keys(gateShape));
    const file = compilation.readKey(given, at, 'file', gateShape.file);
    const found =
      file === undefined ? null : includedChecklist(compilation, file, inside(at, 'file'), { context, around });
    return found === null ? leaf : asGate(chosenOf(compilation, given, at, found));
  }
  if (isMap(given)) {
    const title = heading.title ?? titleFrom(heading.identity.local);
    return asGate(compileChecklist(compilation, given, at, around, title));
  }
  const found = typeof given === 'string' ? includedChecklist(compilation, given, at, { context, around }) : null;
  return found === null ? leaf : asGate(found);
}

/** The checklist document `file`; null after reporting that it is none. */
function includedChecklist(
  compilation: Compilation,
  file: string,
  at: Place,
  { context, around }: { readonly context: Context; readonly around: Around },
): CompiledChecklist | null {
  const doc = compilation.include(file, at, context.open);
  if (doc === null) return null;
  const { value } = doc.tree;
  if (isMap(value) && Object.keys(value)[0] === 'checklist')
    return compileChecklist(compilation, value, { doc, path: [] }, around, null);
  const hint = `look at ${doc.source.path}`;
  compilation.problems.value(at, 'wrong-kind', 'a checklist step takes a document that begins with checklist:', hint);
  return null;
}

/** The part of a checklist that its step asks for, and what that is compared with. */
function chosenOf(
  compilation: Compilation,
  raw: Readonly<Record<string, unknown>>,
  at: Place,
  found: CompiledChecklist,
): CompiledChecklist {
  const only = compilation.readKey(raw, at, 'only', gateShape.only);
  const against = compilation.readKey(raw, at, 'against', gateShape.against);
  const names = only ?? [];
  const unknown = unknownCategories(found.rules, names);
  for (const { name, hint } of unknown) {
    const place = inside(at, 'only', names.indexOf(name));
    const where = place.doc.tree.has(place.path) ? place : inside(at, 'only');
    compilation.problems.value(where, 'unknown-category', `there is no category ${name}`, hint);
  }
  const part = only === undefined || unknown.length === names.length ? found : found.narrowed(names);
  return against === undefined ? part : { ...part, rules: { ...part.rules, against } };
}

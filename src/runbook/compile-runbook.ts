/**
 * A runbook: its variables, target, phases, rollback and report.
 *
 * Invariant: it returns a function that builds the runbook when every id is known, as the lists of steps do.
 */
import type { z } from 'zod';
import type { Compilation } from './compilation.ts';
import { readChange } from './compile-change.ts';
import type { Context, Later } from './compile-context.ts';
import { compileHooks } from './compile-hooks.ts';
import { readHosts } from './compile-hosts.ts';
import { readNeeds } from './compile-needs.ts';
import { readRoles } from './compile-roles.ts';
import { compileStep, compileSteps } from './compile-steps.ts';
import { compileProbe } from './compile-undo.ts';
import { compileVariables } from './compile-variables.ts';
import type { Body, Hook, Phase, Runbook, Section, Step } from './document.ts';
import { type Doc, Frame, inside, isMap, type Place, type Sight } from './model.ts';
import { checkId, checkPhase, titleFrom } from './names.ts';
import { phaseShape, reportShape, rollbackShape, runbookShape, targetShape } from './shape.ts';
import { choice, suggestion } from './suggest.ts';

type Raw = Readonly<Record<string, unknown>>;

/** Reads the runbook `raw`, the whole of `doc`. */
export function compileRunbook(compilation: Compilation, raw: Raw, doc: Doc): Later<Omit<Runbook, 'documents'>> {
  const root: Place = { doc, path: [] };
  reportUnknown(compilation, raw, root, Object.keys(runbookShape));
  const read = <T>(key: keyof typeof runbookShape, schema: z.ZodType<T>) => compilation.readKey(raw, root, key, schema);
  const frame = Frame.root();
  const sight: Sight = { fields: {}, bindings: [], frame };
  const title = read('runbook', runbookShape.runbook) ?? '';
  const environment = read('environment', runbookShape.environment);
  const severity = read('severity', runbookShape.severity);
  const window = read('window', runbookShape.window);
  const remind = readReminders(compilation, raw, root);
  for (const key of ['runbook', 'environment'] as const) {
    const text = key === 'runbook' ? title : environment;
    if (text?.includes('${{') === true) {
      compilation.problems.value(
        inside(root, key),
        'template-here',
        `${key} is fixed and takes no \${{ }}`,
        'write it out',
      );
    } else if (text !== undefined) compilation.use({ kind: 'words', text, sight, at: inside(root, key) });
  }
  compilation.roles = readRoles(compilation, raw, root);
  const needs = readNeeds(compilation, raw, root);
  const rehearsed = read('rehearsed', runbookShape.rehearsed);
  compileVariables(compilation, read('vars', runbookShape.vars) ?? {}, inside(root, 'vars'));
  compilation.groups = readHosts(compilation, raw, root);
  const context: Context = { frame, bindings: {}, zone: 'phase', when: [], open: [doc.source.path] };
  const target = compileTarget(compilation, raw, root, context);
  const change = readChange(compilation, raw, root);
  const phases = compilePhases(compilation, raw, root, context);
  const rollback = compileRollback(compilation, raw, root, context);
  const hooks = compileHooks(compilation, raw, root, context);
  const report = compileReport(compilation, raw, root, sight);
  return () => ({
    kind: 'runbook',
    title,
    ...(environment === undefined ? {} : { environment }),
    ...(severity === undefined ? {} : { severity }),
    ...(remind.length === 0 ? {} : { remind: [...remind] }),
    ...(window === undefined ? {} : { window: windowOf(window) }),
    ...needs,
    ...(target === null ? {} : { target: target() }),
    ...(change === null ? {} : { change }),
    ...(rehearsed === undefined ? {} : { rehearsed: { withinMs: rehearsed.within, signed: rehearsed.signed } }),
    ...(Object.keys(compilation.groups).length === 0 ? {} : { hosts: compilation.groups }),
    phases: phases.map((phase) => phase()),
    rollback: rollback(),
    ...listed(hooks()),
    report: report(),
    vars: variablesOf(compilation),
  });
}

/** A document without hooks says nothing of any. */
function listed(hooks: readonly Hook[]): Pick<Runbook, 'hooks'> {
  return hooks.length === 0 ? {} : { hooks: [...hooks] };
}

/** Declared variables, then those that only a `capture` names. */
function variablesOf(compilation: Compilation): Runbook['vars'] {
  for (const { name, type } of compilation.captures) {
    if (compilation.variables.has(name)) continue;
    compilation.variables.set(name, { variable: { type: type ?? 'string', secret: false }, declared: null });
  }
  return Object.fromEntries([...compilation.variables].map(([name, { variable }]) => [name, variable]));
}

function reportUnknown({ problems }: Compilation, raw: Raw, place: Place, known: readonly string[]): void {
  for (const key of Object.keys(raw)) {
    if (known.includes(key)) continue;
    problems.key(inside(place, key), 'unknown-key', `unknown key ${key}`, choice(key, known, 'allowed'));
  }
}

/** The map under `key`, or null after reporting that it is something else; null too when it is not there. */
function mapAt(compilation: Compilation, raw: Raw, root: Place, key: string, shape: object): Raw | null {
  if (!Object.hasOwn(raw, key)) return null;
  const value = raw[key];
  const place = inside(root, key);
  if (!isMap(value)) {
    const code = value === null ? 'missing-value' : 'wrong-type';
    compilation.problems.value(place, code, `${key} is a map`, `keys: ${Object.keys(shape).join(', ')}`);
    return null;
  }
  reportUnknown(compilation, value, place, Object.keys(shape));
  return value;
}

function compileTarget(
  compilation: Compilation,
  raw: Raw,
  root: Place,
  context: Context,
): Later<{ name: string; identity: Body }> | null {
  const target = mapAt(compilation, raw, root, 'target', targetShape);
  if (target === null) return null;
  const place = inside(root, 'target');
  for (const key of ['name', 'identity'] as const) {
    if (!Object.hasOwn(target, key)) {
      compilation.problems.key(
        place,
        'missing-key',
        `target needs ${key}`,
        'name, and identity: a body that reads who it is',
      );
    }
  }
  const name = compilation.readKey(target, place, 'name', targetShape.name);
  const sight: Sight = { fields: {}, bindings: [], frame: context.frame };
  if (name !== undefined) compilation.use({ kind: 'words', text: name, sight, at: inside(place, 'name') });
  const identity = Object.hasOwn(target, 'identity')
    ? compileProbe(compilation, { raw: target, place }, 'identity', context, { env: {}, cwd: undefined })
    : null;
  return identity === null ? null : () => ({ name: name ?? '', identity: identity() });
}

function compilePhases(compilation: Compilation, raw: Raw, root: Place, context: Context): readonly Later<Phase>[] {
  const { problems } = compilation;
  const place = inside(root, 'phases');
  if (!Object.hasOwn(raw, 'phases')) {
    problems.key({ ...root, path: ['runbook'] }, 'missing-key', 'a runbook needs phases', 'phases: {deploy: [steps]}');
    return [];
  }
  const phases = compilation.readKey(raw, root, 'phases', runbookShape.phases) ?? {};
  if (isMap(raw['phases']) && Object.keys(raw['phases']).length === 0) {
    problems.value(place, 'empty', 'a runbook needs at least one phase', 'phases: {deploy: [steps]}');
  }
  return Object.entries(phases).map(([id, steps]) => {
    const at = inside(place, id);
    const wrong = checkPhase(id);
    if (wrong !== null) problems.key(at, 'wrong-name', wrong.message, wrong.hint);
    if (steps === null || (Array.isArray(steps) && steps.length === 0)) {
      problems.key(at, 'empty', `the phase ${id} has no steps`, 'give it one, or take it away');
      return () => ({ id, title: titleFrom(id), steps: [] });
    }
    const limits = isMap(steps) ? readLimits(compilation, steps, at) : {};
    const compiled = compilePhase(compilation, steps, { id, at }, context);
    return () => ({ id, title: titleFrom(id), ...limits, steps: [...compiled()] });
  });
}

type Reminders = NonNullable<Runbook['remind']>;

/** Each by a name of its own, by which it is done. */
function readReminders(compilation: Compilation, raw: Raw, root: Place): Reminders {
  const remind = compilation.readKey(raw, root, 'remind', runbookShape.remind) ?? {};
  const place = inside(root, 'remind');
  return Object.entries(remind).map(([id, { every, text }]) => {
    const wrong = checkId(id);
    if (wrong !== null) compilation.problems.key(inside(place, id), 'wrong-id', wrong.message, wrong.hint);
    return { id, everyMs: every, text };
  });
}

function windowOf({ ends, zone, then: atEnd }: z.infer<typeof runbookShape.window>): NonNullable<Runbook['window']> {
  return { ends, zone, ...(atEnd === undefined ? {} : { atEnd }) };
}

/** How long the phase `raw` may take, and what is done where nobody decides then. */
function readLimits(compilation: Compilation, raw: Raw, at: Place): Pick<Phase, 'budgetMs' | 'atEnd'> {
  const budget = compilation.readKey(raw, at, 'budget', phaseShape.budget);
  const atEnd = compilation.readKey(raw, at, 'then', phaseShape.then);
  if (atEnd !== undefined && !Object.hasOwn(raw, 'budget'))
    compilation.problems.key(
      inside(at, 'then'),
      'missing-key',
      'then says what is done at the end of a budget',
      'budget: 20m',
    );
  return { ...(budget === undefined ? {} : { budgetMs: budget }), ...(atEnd === undefined ? {} : { atEnd }) };
}

/** The steps of a phase: a list, a map that holds it beside a budget, or one step on hosts that holds its steps. */
function compilePhase(
  compilation: Compilation,
  raw: unknown,
  { id, at }: { readonly id: string; readonly at: Place },
  context: Context,
): Later<readonly Step[]> {
  if (!isMap(raw)) return compileSteps(compilation, raw, at, context);
  const { budget, then: atEnd, ...step } = raw;
  const limited = budget !== undefined || atEnd !== undefined;
  if (limited && Object.keys(step).length === 1 && Array.isArray(step['steps']))
    return compileSteps(compilation, step['steps'], inside(at, 'steps'), context);
  return compileStep(compilation, { title: titleFrom(id.replaceAll('-', '_')), ...step }, at, context, {});
}

function compileRollback(
  compilation: Compilation,
  raw: Raw,
  root: Place,
  context: Context,
): Later<Runbook['rollback']> {
  const rollback = mapAt(compilation, raw, root, 'rollback', rollbackShape) ?? {};
  const place = inside(root, 'rollback');
  const point = compilation.readKey(rollback, place, 'point', rollbackShape.point);
  const triggers = compilation.readKey(rollback, place, 'triggers', rollbackShape.triggers) ?? [];
  const sight: Sight = { fields: {}, bindings: [], frame: context.frame };
  triggers.forEach((text, index) => {
    const list = inside(place, 'triggers', index);
    const at = list.doc.tree.has(list.path) ? list : inside(place, 'triggers');
    compilation.use({ kind: 'words', text, sight, at });
  });
  const steps = Object.hasOwn(rollback, 'steps')
    ? compileSteps(compilation, rollback['steps'], inside(place, 'steps'), { ...context, zone: 'rollback' })
    : () => [];
  return () => {
    if (point !== undefined && !knowsVariable(compilation, point)) {
      const hint = suggestion(point, [...compilation.variables.keys()], 'variables');
      compilation.problems.value(inside(place, 'point'), 'unknown-variable', `there is no variable ${point}`, hint);
    }
    return { ...(point === undefined ? {} : { point }), triggers, steps: [...steps()] };
  };
}

function knowsVariable(compilation: Compilation, name: string): boolean {
  return compilation.variables.has(name) || compilation.captures.some((capture) => capture.name === name);
}

function compileReport(compilation: Compilation, raw: Raw, root: Place, sight: Sight): Later<Runbook['report']> {
  const report = mapAt(compilation, raw, root, 'report', reportShape) ?? {};
  const place = inside(root, 'report');
  const success = compilation.readKey(report, place, 'success', reportShape.success) ?? {};
  const sections = compilation.readKey(report, place, 'sections', reportShape.sections) ?? {};
  for (const criterion of Object.keys(success)) {
    compilation.use({ kind: 'words', text: criterion, sight, at: inside(place, 'success', criterion) });
  }
  const compiled = Object.entries(sections).map(([title, content]) =>
    compileSection(compilation, title, content, inside(place, 'sections', title), sight),
  );
  return () => ({
    success: Object.entries(success).map(([criterion, steps]) => ({
      criterion,
      steps: steps.flatMap((written, index) => {
        const list = inside(place, 'success', criterion, index);
        const at = list.doc.tree.has(list.path) ? list : inside(place, 'success', criterion);
        const id = compilation.refer(written, sight.frame, at);
        if (id !== null && compilation.steps.has(id)) return [id];
        if (id !== null) {
          const held = [...compilation.steps.keys()].filter((one) => one.startsWith(`${id}_`));
          const message = `${written} is an include, and its steps stand in its place`;
          const hint = `name them: [${held.slice(0, 3).join(', ')}]`;
          compilation.problems.value(at, 'unknown-step', message, hint, compilation.problems.newer);
          return [id];
        }
        const hint = suggestion(written, sight.frame.names(), 'steps');
        compilation.problems.value(at, 'unknown-step', `there is no step ${written}`, hint);
        return [];
      }),
    })),
    sections: compiled,
  });
}

function compileSection(
  compilation: Compilation,
  title: string,
  content: string | readonly string[] | Readonly<Record<string, string>>,
  place: Place,
  sight: Sight,
): Section {
  const use = (text: string, at: Place): void => compilation.use({ kind: 'words', text, sight, at });
  if (typeof content === 'string') {
    use(content, place);
    return { title, entries: [{ text: content }] };
  }
  if (isList(content)) {
    content.forEach((text, index) => {
      use(text, inside(place, index));
    });
    return { title, entries: content.map((text) => ({ text })) };
  }
  for (const [label, text] of Object.entries(content)) use(text, inside(place, label));
  return { title, entries: Object.entries(content).map(([label, text]) => ({ label, text })) };
}

function isList(value: readonly string[] | Readonly<Record<string, string>>): value is readonly string[] {
  return Array.isArray(value);
}

/**
 * Copies that the run makes of a step, from a list that is known only as it comes by.
 *
 * Invariants:
 * - What was expanded, and over which values, is on record, so that state and report come of events alone.
 * - A copy is what its pattern says: only ids change. Values of the list are data: no template in them is looked at.
 */
import type { Body, CopyOf, On, Runbook, Step, StepId } from '../runbook/document.ts';
import { mapExpressions, mapStrings, renameSteps } from '../runbook/rewrite.ts';
import type { Row } from './event.ts';
import { outlineOf } from './outline.ts';
import type { RunState } from './state.ts';

/** Copies that one step may have. */
export const copiesMax = 1000;

/** `runbook` with `count` copies in the step `id`, those that it has already among them. */
export function withCopies(runbook: Runbook, id: StepId, count: number): Runbook {
  const has = outlineOf(runbook).places.get(id)?.step.blocks[0]?.steps.length ?? 0;
  const holds = outlineOf(runbook).places.get(id)?.step.each !== undefined;
  if (count <= has || !holds) return runbook;
  const grown = (step: Step): Step => {
    if (step.id === id) return withMore(step, count);
    if (step.blocks.length === 0) return step;
    return { ...step, blocks: step.blocks.map((block) => ({ ...block, steps: block.steps.map(grown) })) };
  };
  return {
    ...runbook,
    phases: runbook.phases.map((phase) => ({ ...phase, steps: phase.steps.map(grown) })),
    rollback: { ...runbook.rollback, steps: runbook.rollback.steps.map(grown) },
  };
}

/** `step` with `count` copies, those that it has among them. */
export function withMore(step: Step, count: number): Step {
  const [block] = step.blocks;
  const known = block?.steps ?? [];
  const more = Array.from({ length: count - known.length }, (_, index) => copyOf(step, known.length + index + 1));
  return { ...step, blocks: [{ label: 'copies', steps: [...known, ...more] }] };
}

function copyOf(container: Step, index: number): Step {
  const { each } = container;
  if (each === undefined) return container;
  const mark = new RegExp(`${each.mark}(?![0-9])`, 'g');
  const chain = [...(container.copies ?? []), { each: container.id, index }];
  return renamed(each.pattern, (id) => id.replaceAll(mark, `_${index}`), chain);
}

type Rename = (text: string) => string;

function renamed(step: Step, rename: Rename, copies: readonly CopyOf[]): Step {
  const expression: Rename = (source) => renameSteps(source, rename);
  const template: Rename = (text) => mapExpressions(text, expression);
  const { when, doneWhen, why, owes, settles, undo, each } = step;
  return {
    ...step,
    ...renamedBody(step, template, expression),
    id: rename(step.id),
    title: template(step.title),
    ...(why === undefined ? {} : { why: template(why) }),
    ...(when === undefined ? {} : { when: expression(when) }),
    ...(doneWhen === undefined ? {} : { doneWhen: renamedBody(doneWhen, template, expression) }),
    ...(owes === undefined ? {} : { owes: template(owes) }),
    ...(step.evidence === undefined ? {} : { evidence: step.evidence.map(template) }),
    ...(settles === undefined ? {} : { settles: rename(settles) }),
    undo: renamedUndo(undo, rename, (body) => renamedBody(body, template, expression)),
    bindings: mapped(step.bindings, template),
    ...(step.item === undefined ? {} : { item: { ...step.item, requires: step.item.requires.map(rename) } }),
    blocks: step.blocks.map((block) => ({
      ...block,
      label: template(block.label),
      ...(block.when === undefined ? {} : { when: expression(block.when) }),
      ...(block.goto === undefined ? {} : { goto: rename(block.goto) }),
      steps: block.steps.map((inner) => renamed(inner, rename, copies)),
    })),
    ...(each === undefined
      ? {}
      : {
          each: {
            ...each,
            lists: each.lists.map(({ name, values }) => ({ name, values: template(values) })),
            pattern: renamed(each.pattern, rename, copies),
          },
        }),
    ...(step.on === undefined ? {} : { on: renamedOn(step.on, rename, template) }),
    copies,
  };
}

function renamedOn(on: On, rename: Rename, template: Rename): On {
  return {
    ...on,
    hosts: typeof on.hosts === 'string' ? template(on.hosts) : on.hosts,
    ...(on.within === undefined ? {} : { within: rename(on.within) }),
  };
}

function renamedUndo(undo: Step['undo'], rename: Rename, body: (body: Body) => Body): Step['undo'] {
  switch (undo.kind) {
    case 'none':
      return undo;
    case 'covered':
      return { kind: 'covered', by: rename(undo.by) };
    case 'bodies':
      return { kind: 'bodies', bodies: undo.bodies.map(body) };
  }
}

function renamedBody(body: Body, template: Rename, expression: Rename): Body {
  const { retry, cwd } = body;
  return {
    ...body,
    params: mapStrings(body.params, template),
    summary: template(body.summary),
    expect: body.expect.map(expression),
    capture: mapped(body.capture, expression),
    env: mapped(body.env, template),
    ...(cwd === undefined ? {} : { cwd: template(cwd) }),
    ...(retry?.giveUp === undefined ? {} : { retry: { ...retry, giveUp: expression(retry.giveUp) } }),
  };
}

function mapped(texts: Readonly<Record<string, string>>, change: Rename): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, change(text)]));
}

/** The rows that visit `visit` of step `id` was expanded over; null: it was not. */
export function rowsOf(state: RunState, id: StepId, visit: number): readonly Row[] | null {
  return state.expansions.findLast((one) => one.step === id && one.visit === visit)?.rows ?? null;
}

/** What the names of `each` are in a copy, as it was when record `until` was the newest (null: now). Inner names win. */
export function rowAt(state: RunState, copies: readonly CopyOf[], until: number | null): Row {
  const rows = copies.map(({ each, index }) => {
    const found = state.expansions.findLast(({ step, seq }) => step === each && (until === null || seq <= until));
    return found?.rows[index - 1] ?? {};
  });
  return Object.assign({}, ...rows);
}

/** True when what a step inside `setter` captured is seen inside `seer`: a copy keeps what is its own. */
export function isSeen(setter: readonly CopyOf[], seer: readonly CopyOf[]): boolean {
  return setter.every(({ each, index }, at) => seer[at]?.each === each && seer[at]?.index === index);
}

/** Of which copies step `id` is, an undo being of those of the step that it undoes. */
export function copiesOf({ runbook }: RunState, id: StepId | null): readonly CopyOf[] {
  if (id === null) return none;
  const { places, undos } = outlineOf(runbook);
  return (places.get(id) ?? places.get(undos.get(id)?.of ?? ''))?.step.copies ?? none;
}

const none: readonly CopyOf[] = [];

/** True when `id` is what the run may call a copy, a step inside one, or an undo of such a step. */
export function mayBeCopy(runbook: Runbook, id: StepId): boolean {
  const inside = (step: Step): readonly Step[] => [
    ...(step.each === undefined ? [] : [step.each.pattern, ...inside(step.each.pattern)]),
    ...step.blocks.flatMap(({ steps }) => steps.flatMap((one) => [one, ...inside(one)])),
  ];
  const all = [...runbook.phases.flatMap(({ steps }) => steps), ...runbook.rollback.steps].flatMap(inside);
  return all.some((step) => {
    if (!/_N\d/.test(step.id)) return false;
    const named = step.id.replaceAll(/_N\d+/g, '_[1-9]\\d{0,3}');
    return new RegExp(`^(?:undo_)?${named}$`).test(id);
  });
}

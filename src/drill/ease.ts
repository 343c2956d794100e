/**
 * The runbook as a rehearsal runs it: the same steps, undos and ways, without what only the real world can meet.
 *
 * Invariants:
 * - What decides the way back is untouched: ids, order, undo, effects, templates, the variables that anything uses.
 * - A body without a stand-in passes by decree: nothing is expected of it, and what it captures is made up. One with a stand-in is
 *   judged as in a run.
 * - Consent, roles, hooks, evidence, clocks and the terminal are no part of the way back: a rehearsal asks nobody and calls nothing.
 */
import type { ActionSpecs } from '../runbook/action-spec.ts';
import type { Body, Runbook, Step, Undo, Variable } from '../runbook/document.ts';
import type { StandInResult } from '../runbook/drill-shape.ts';
import { madeUp } from './made-up.ts';
import { bodyOfStep, bodyOfUndo, isTold, type StandIns } from './stand-ins.ts';

/** What is decided against the document, so that a rehearsal comes to every step. */
export interface Forced {
  /** Steps whose `when` is taken as true. */
  readonly taken: ReadonlySet<string>;
  /** Choices by the label that is taken on the first visit. */
  readonly chosen: ReadonlyMap<string, string>;
}

export const nothingForced: Forced = { taken: new Set(), chosen: new Map() };

/** `runbook` as it is rehearsed with `standIns` on the way that `forced` takes. */
export function eased(runbook: Runbook, specs: ActionSpecs, standIns: StandIns, forced: Forced): Runbook {
  const { hooks: _hooks, change: _change, needs: _needs, rehearsed: _rehearsed, ...kept } = runbook;
  const { window: _window, remind: _remind, ...rest } = kept;
  const ease = new Ease(runbook.vars, specs, standIns, forced);
  const { target } = runbook;
  return {
    ...rest,
    ...(target === undefined ? {} : { target: { ...target, identity: ease.body(target.identity, standIns.identity) } }),
    ...(runbook.hosts === undefined ? {} : { hosts: mapped(runbook.hosts, fewHosts) }),
    phases: runbook.phases.map(({ budgetMs: _budget, atEnd: _atEnd, ...phase }) => ({
      ...phase,
      steps: phase.steps.map((step) => ease.step(step)),
    })),
    rollback: { ...runbook.rollback, steps: runbook.rollback.steps.map((step) => ease.step(step)) },
    report: { success: [], sections: [] },
  };
}

/** More hosts of one group than this go wrong in no other way. */
const hostsMax = 6;

/** Some of the hosts; made up where the run makes the list. */
function fewHosts(hosts: readonly string[] | string): string[] {
  return typeof hosts === 'string' ? ['host-1', 'host-2'] : hosts.slice(0, hostsMax);
}

function mapped<T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}

class Ease {
  readonly #vars: Readonly<Record<string, Variable>>;
  readonly #specs: ActionSpecs;
  readonly #standIns: StandIns;
  readonly #forced: Forced;

  constructor(vars: Readonly<Record<string, Variable>>, specs: ActionSpecs, standIns: StandIns, forced: Forced) {
    this.#vars = vars;
    this.#specs = specs;
    this.#standIns = standIns;
    this.#forced = forced;
  }

  step(step: Step): Step {
    const { evidence: _evidence, approvers: _approvers, unreviewed: _unreviewed, when, ...rest } = step;
    const { id } = step;
    const own = bodyOfStep(this.#standIns, id);
    const keepsWhen = when !== undefined && !this.#forced.taken.has(id);
    return {
      ...rest,
      ...(this.#performs(step) ? this.#judged(step, own) : {}),
      ...(step.action === 'approve' ? { params: { from: [], count: 1, signed: false } } : {}),
      ...(keepsWhen ? { when } : {}),
      ...(step.doneWhen === undefined ? {} : { doneWhen: this.body(step.doneWhen, this.#standIns.doneWhen(id)) }),
      ...this.#item(step, own),
      undo: this.#undo(step),
      tty: false,
      ...(step.on === undefined ? {} : { on: { ...step.on, hosts: fewHosts(step.on.hosts) } }),
      roles: [],
      blocks: this.#blocks(step),
      ...(step.each === undefined ? {} : { each: { ...step.each, pattern: this.step(step.each.pattern) } }),
    };
  }

  /** `body`, judged by what `standIn` tells, or passing by decree. */
  body(body: Body, standIn: StandInResult | null): Body {
    const { unreviewed: _unreviewed, ...rest } = body;
    return { ...rest, ...this.#judged(body, standIn) };
  }

  #judged(
    { capture, retry }: Body,
    standIn: StandInResult | null,
  ): Partial<Pick<Body, 'expect' | 'capture' | 'retry'>> {
    if (isTold(standIn)) return {};
    const made = Object.keys(capture).map((name) => [name, this.#captured(name)] as const);
    const passes = { expect: [], capture: Object.fromEntries(made) };
    if (retry === undefined) return passes;
    const { giveUp: _giveUp, ...patient } = retry;
    return { ...passes, retry: patient };
  }

  #captured(name: string): string {
    const variable = this.#vars[name] ?? { type: 'string', secret: false };
    return JSON.stringify(madeUp(name, variable) ?? '');
  }

  #performs({ action, flow, effect }: Step): boolean {
    return flow === 'leaf' && effect !== 'person' && effect !== 'gate' && this.#specs.has(action);
  }

  #item({ item }: Step, own: StandInResult | null): Pick<Step, 'item'> {
    if (item === undefined || isTold(own)) return {};
    const { na: _na, partial: _partial, judge: _judge, ...rest } = item;
    return { item: rest };
  }

  #undo({ id, undo }: Step): Undo {
    if (undo.kind !== 'bodies') return undo;
    const bodies = undo.bodies.map((body, index) => this.body(body, bodyOfUndo(this.#standIns, id, index)));
    return { kind: 'bodies', bodies };
  }

  /** The blocks of a step; of a choice that nobody is asked about, the one that is to be taken is. */
  #blocks({ id, blocks, effect }: Step): Step['blocks'] {
    const label = effect === 'read' ? this.#forced.chosen.get(id) : undefined;
    return blocks.map(({ steps, ...block }) => ({
      ...block,
      ...(label === undefined ? {} : { when: String(block.label === label) }),
      steps: steps.map((step) => this.step(step)),
    }));
  }
}

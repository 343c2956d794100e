/** A step that only holds others: it does nothing itself, so all that it has is words, a condition and what to do on failure. */
import type { ActionFlow } from './action-spec.ts';
import type { Compilation } from './compilation.ts';
import { type Head, renamer } from './compile-body.ts';
import type { Context } from './compile-context.ts';
import { type Heading, joined, titleOf } from './compile-heading.ts';
import type { Each, On, OnFail, Step } from './document.ts';
import { fillBindings, mapExpressions, mapStrings } from './rewrite.ts';

/** What a container is made of. `list`: the identity of the list that it stands in. */
export interface Container {
  readonly head: Head;
  readonly context: Context;
  readonly heading: Heading;
  readonly what: Pick<Step, 'action' | 'params' | 'summary'>;
  readonly onFail: OnFail | undefined;
  readonly list: object;
}

/** The container as a step of the run, made known to the rules. */
export function containerStep(
  compilation: Compilation,
  { head, context, heading, what, onFail, list }: Container,
  inside: Pick<Step, 'flow' | 'blocks'> & { readonly each?: Each; readonly on?: On; readonly danger?: boolean },
): Step {
  const { spec, place, raw } = head;
  const final = renamer(context.frame);
  const words = (text: string): string => fillBindings(mapExpressions(text, final), context.bindings);
  const when = [...context.when, ...(heading.when === undefined ? [] : [final(heading.when)])];
  const step: Step = {
    action: what.action,
    params: mapStrings(what.params, (text) => mapExpressions(text, final)),
    summary: fillBindings(what.summary, context.bindings),
    effect: 'read',
    expect: [],
    capture: {},
    env: {},
    id: heading.identity.id,
    title: words(heading.title ?? titleOf(raw['id'], heading.identity, '')),
    ...(heading.why === undefined ? {} : { why: words(heading.why) }),
    ...(when.length === 0 ? {} : { when: joined(when) }),
    undo: { kind: 'none' },
    onFail: onFail ?? 'ask',
    danger: false,
    tty: false,
    roles: [],
    bindings: context.bindings,
    ...inside,
  };
  compilation.steps.set(step.id, { step, spec, place, frame: context.frame, zone: context.zone, list });
  return step;
}

/** What a step that holds others does on failure where it says nothing. */
export function heldOnFail({ beside, onFail, onFailInside }: Context): OnFail | undefined {
  return beside === true ? onFailInside : onFail;
}

/** What surrounds the steps of a sequence that does `onFail` where they say nothing. Its own condition holds for all of them. */
export function insideSequence(context: Context, onFail: OnFail | undefined): Context {
  return { ...context, when: [], onFail, beside: false };
}

/** What surrounds the steps inside a step of `flow` in `context`. `given`: its own `on_fail`. */
export function contextInside(context: Context, flow: ActionFlow, given: OnFail | undefined): Context {
  const held = heldOnFail(context);
  switch (flow) {
    case 'parallel':
      // A step that stands in it alone takes over what the whole does as the run comes to it.
      return { ...context, zone: 'parallel', beside: true, onFail: undefined, onFailInside: given ?? held };
    case 'steps':
      return insideSequence(context, given ?? held);
    default:
      return { ...context, onFail: held, beside: false };
  }
}

/** The plan for a program. */
import type { Plan } from '../app/plan.ts';
import { hookTimeoutMs } from '../run/hooks.ts';
import { fillKnown, holdsKnown, seenBy, seenByCopies } from '../run/known-ahead.ts';
import { undoSteps } from '../run/outline.ts';
import { askOf, isChange, overviewOf } from '../run/plan-overview.ts';
import { typicalMs } from '../run/typical.ts';
import type { Step } from '../runbook/document.ts';

/** The plan as JSON: texts as the document has them, and beside them what is known of their values. */
export function planAsJson(plan: Plan): unknown {
  const { document, variables } = plan;
  const { runbook } = document;
  const stepAsJson = (step: Step): unknown => stepJson(step, plan);
  const { expected, ...counted } = overviewOf(runbook, plan);
  return {
    title: runbook.title,
    variables: variables.map(({ name, secret, origin }) => ({ name, secret, ...origin })),
    overview: { ...counted, expected },
    documents: runbook.documents,
    needs: runbook.needs ?? [],
    change: runbook.change ?? null,
    phases: runbook.phases.map(({ id, title, steps }) => ({ id, title, steps: steps.map(stepAsJson) })),
    rollback: { point: runbook.rollback.point ?? null, steps: runbook.rollback.steps.map(stepAsJson) },
    hooks: (runbook.hooks ?? []).map(({ id, title, on, body }) => ({
      id,
      title,
      on,
      action: body.action,
      summary: body.summary,
      expect: body.expect,
      timeoutMs: body.timeoutMs ?? hookTimeoutMs,
    })),
  };
}

type Known = Pick<Plan, 'values' | 'durations' | 'leftOut'>;

/** `outside`: why what the step stands in is left out; null: it is not. */
function stepJson(step: Step, known: Known, outside: string | null = null): unknown {
  const values = seenBy(step, known.values);
  const leftOut = known.leftOut.get(step.id) ?? outside;
  const inside = (inner: Step): unknown => stepJson(inner, known, leftOut);
  const filled = (text: string): string => fillKnown(text, values).text;
  return {
    id: step.id,
    title: step.title,
    why: step.why ?? null,
    action: step.action,
    summary: step.summary,
    filled: filled(step.summary),
    effect: step.effect,
    asks: askOf(step),
    changes: isChange(step),
    typicalMs: typicalMs(known.durations, step.id),
    roles: step.roles,
    danger: step.danger,
    tty: step.tty,
    leftOut,
    when: step.when ?? null,
    holds: step.when === undefined ? true : holdsKnown(step.when, values),
    doneWhen: step.doneWhen?.summary ?? null,
    expect: step.expect,
    capture: step.capture,
    retry: step.retry ?? null,
    timeoutMs: step.timeoutMs ?? null,
    onFail: step.onFail,
    evidence: step.evidence ?? [],
    owes: step.owes ?? null,
    settles: step.settles ?? null,
    undo: undoSteps(step).map(({ id, body }) => ({ id, summary: body.summary, filled: filled(body.summary) })),
    each:
      step.each === undefined
        ? null
        : {
            lists: step.each.lists,
            multiply: step.each.multiply,
            gather: step.each.gather,
            step: stepJson(step.each.pattern, { ...known, values: seenByCopies(step, known.values) }, leftOut),
          },
    undoNone: step.undo.kind === 'none' && step.undo.meant === true,
    coveredBy: step.undo.kind === 'covered' ? step.undo.by : null,
    blocks: step.blocks.map(({ label, when, goto, steps }) => ({
      label,
      when: when ?? null,
      goto: goto ?? null,
      steps: steps.map(inside),
    })),
  };
}

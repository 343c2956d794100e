/** `gonogo plan FILE`: what would run, in order, with its undo; nothing is executed. */
import { visibleLine } from '../diagnostics/sanitise.ts';
import { undoSteps } from '../run/outline.ts';
import type { Body, Runbook, Step } from '../runbook/document.ts';
import { type Io, printJson } from './command.ts';
import { readDocument } from './read-document.ts';

export interface PlanOptions {
  readonly json?: boolean | undefined;
}

/** Prints the plan of `file`. */
export async function plan(file: string, options: PlanOptions, io: Io): Promise<number> {
  const { runbook } = await readDocument(file, io);
  if (options.json === true) printJson(io, planAsJson(runbook));
  else for (const line of planAsLines(runbook)) io.stdout(`${line}\n`);
  return 0;
}

function planAsJson(runbook: Runbook): unknown {
  return {
    title: runbook.title,
    documents: runbook.documents,
    phases: runbook.phases.map(({ id, title, steps }) => ({ id, title, steps: steps.map(stepAsJson) })),
    rollback: { point: runbook.rollback.point ?? null, steps: runbook.rollback.steps.map(stepAsJson) },
  };
}

function stepAsJson(step: Step): unknown {
  return {
    id: step.id,
    title: step.title,
    action: step.action,
    summary: step.summary,
    effect: step.effect,
    danger: step.danger,
    when: step.when ?? null,
    expect: step.expect,
    undo: undoSteps(step).map(({ id, body }) => ({ id, summary: body.summary })),
    coveredBy: step.undo.kind === 'covered' ? step.undo.by : null,
    blocks: step.blocks.map(({ label, goto, steps }) => ({ label, goto: goto ?? null, steps: steps.map(stepAsJson) })),
  };
}

/** The plan for a person. Templates stand as they are: they are filled in when the run reaches them. */
export function planAsLines(runbook: Runbook): readonly string[] {
  const lines = [visibleLine(runbook.title)];
  if (runbook.environment !== undefined) lines.push(`environment: ${visibleLine(runbook.environment)}`);
  if (runbook.target !== undefined) {
    lines.push(
      `target: ${visibleLine(runbook.target.name)} (identity: ${visibleLine(runbook.target.identity.summary)})`,
    );
  }
  for (const phase of runbook.phases) {
    lines.push('', phase.title);
    for (const step of phase.steps) lines.push(...stepLines(step, '  '));
  }
  lines.push('', 'Rollback: the undo of what ran, newest first, then:');
  if (runbook.rollback.steps.length === 0) lines.push('  nothing more');
  for (const step of runbook.rollback.steps) lines.push(...stepLines(step, '  '));
  return lines;
}

function stepLines(step: Step, indent: string): readonly string[] {
  const more = `${indent}    `;
  const lines = [`${indent}${step.id}  ${visibleLine(step.title)}`, `${more}${what(step)}`];
  if (step.why !== undefined) lines.push(`${more}why: ${visibleLine(step.why)}`);
  if (step.when !== undefined) lines.push(`${more}when: ${visibleLine(step.when)}`);
  for (const expect of step.expect) lines.push(`${more}expect: ${visibleLine(expect)}`);
  if (step.doneWhen !== undefined) lines.push(`${more}done when: ${visibleLine(step.doneWhen.summary)}`);
  if (step.retry !== undefined) {
    const { times, everyMs, passes } = step.retry;
    lines.push(
      `${more}retry: up to ${times} times, every ${everyMs} ms${passes > 1 ? `, ${passes} passes in a row` : ''}`,
    );
  }
  if (step.danger)
    lines.push(
      `${more}DANGER: confirmed by the target's name${step.undo.kind === 'none' ? '; point of no return' : ''}`,
    );
  if (step.owes !== undefined) lines.push(`${more}owes: ${visibleLine(step.owes)}`);
  if (step.settles !== undefined) lines.push(`${more}settles: ${step.settles}`);
  if (step.undo.kind === 'covered') lines.push(`${more}undo: covered by that of ${step.undo.by}`);
  for (const { body } of undoSteps(step)) lines.push(`${more}undo: ${what(body)}`);
  for (const block of step.blocks) {
    if (block.label !== '')
      lines.push(`${more}option: ${visibleLine(block.label)}${block.goto === undefined ? '' : ` → ${block.goto}`}`);
    for (const inner of block.steps) lines.push(...stepLines(inner, `${more}  `));
  }
  return lines;
}

function what(body: Body): string {
  return `${body.action}: ${visibleLine(body.summary)}${body.effect === 'read' ? '' : ` [${body.effect}]`}`;
}

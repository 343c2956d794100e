/** `gonogo plan FILE`: what would run, in order, with its undo; nothing is executed. */
import { readDocument } from '../app/read-document.ts';
import { visibleLine } from '../diagnostics/sanitise.ts';
import { durationText } from '../run/failure.ts';
import { hookTimeoutMs } from '../run/hooks.ts';
import { undoSteps } from '../run/outline.ts';
import type { Block, Body, Each, Retry, Runbook, Step } from '../runbook/document.ts';
import { unmaskedOnTerminal } from '../runbook/secrets-read.ts';
import { type Io, printJson, tellDiagnostics } from './command.ts';
import { planAsGraph } from './plan-graph.ts';

export interface PlanOptions {
  readonly json?: boolean | undefined;
  /** As a diagram in the language of Mermaid. */
  readonly graph?: boolean | undefined;
}

/** Prints the plan of `file`. */
export async function plan(file: string, options: PlanOptions, io: Io): Promise<number> {
  const { runbook, warnings, texts } = await readDocument(file);
  tellDiagnostics(io, warnings, texts);
  if (options.graph === true) io.stdout(planAsGraph(runbook));
  else if (options.json === true) printJson(io, planAsJson(runbook));
  else for (const line of planAsLines(runbook)) io.stdout(`${line}\n`);
  return 0;
}

function planAsJson(runbook: Runbook): unknown {
  return {
    title: runbook.title,
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

function stepAsJson(step: Step): unknown {
  return {
    id: step.id,
    title: step.title,
    why: step.why ?? null,
    action: step.action,
    summary: step.summary,
    effect: step.effect,
    roles: step.roles,
    danger: step.danger,
    tty: step.tty,
    when: step.when ?? null,
    doneWhen: step.doneWhen?.summary ?? null,
    expect: step.expect,
    capture: step.capture,
    retry: step.retry ?? null,
    timeoutMs: step.timeoutMs ?? null,
    onFail: step.onFail,
    evidence: step.evidence ?? [],
    owes: step.owes ?? null,
    settles: step.settles ?? null,
    undo: undoSteps(step).map(({ id, body }) => ({ id, summary: body.summary })),
    each:
      step.each === undefined
        ? null
        : {
            lists: step.each.lists,
            multiply: step.each.multiply,
            gather: step.each.gather,
            step: stepAsJson(step.each.pattern),
          },
    coveredBy: step.undo.kind === 'covered' ? step.undo.by : null,
    blocks: step.blocks.map(({ label, when, goto, steps }) => ({
      label,
      when: when ?? null,
      goto: goto ?? null,
      steps: steps.map(stepAsJson),
    })),
  };
}

/** What `change` declares, a line each. */
function changeLines({ change }: Runbook): readonly string[] {
  if (change === undefined) return [];
  const { artefacts, ...rest } = change;
  const told = Object.entries(rest).map(([key, text]) => `${key} ${text}`);
  const named = artefacts.map(({ name, sha256 }) => `${name}, sha256 ${sha256}`);
  return [...told, ...named].map((text) => `change: ${visibleLine(text)}`);
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
  for (const { program, hint } of runbook.needs ?? [])
    lines.push(`needs: ${visibleLine(program)}${hint === undefined ? '' : ` (${visibleLine(hint)})`}`);
  lines.push(...changeLines(runbook));
  for (const phase of runbook.phases) {
    lines.push('', phase.title);
    for (const step of phase.steps) lines.push(...stepLines(runbook.vars, step, '  '));
  }
  lines.push('', 'Rollback: the undo of what ran, newest first, then:');
  if (runbook.rollback.steps.length === 0) lines.push('  nothing more');
  for (const step of runbook.rollback.steps) lines.push(...stepLines(runbook.vars, step, '  '));
  if (runbook.hooks !== undefined) lines.push('', 'Hooks, each time the run comes to a state; they decide nothing:');
  for (const { id, title, on, body } of runbook.hooks ?? []) {
    lines.push(`  ${on}: ${id}${title === id ? '' : `  ${visibleLine(title)}`}`, ...bodyLines(body, '', '      '));
    for (const expect of body.expect) lines.push(`      expect: ${visibleLine(expect)}`);
    lines.push(`      timeout: ${durationText(body.timeoutMs ?? hookTimeoutMs)}`);
  }
  return lines;
}

type Variables = Runbook['vars'];

function stepLines(vars: Variables, step: Step, indent: string): readonly string[] {
  const more = `${indent}    `;
  const lines = [`${indent}${step.id}  ${visibleLine(step.title)}`, ...bodyLines(step, '', more)];
  for (const [label, text] of factsOf(vars, step)) lines.push(`${more}${label}: ${visibleLine(text)}`);
  if (step.undo.kind === 'covered') lines.push(`${more}undo: covered by that of ${step.undo.by}`);
  for (const { body } of undoSteps(step)) lines.push(...bodyLines(body, 'undo: ', more));
  if (step.each !== undefined) lines.push(...patternLines(vars, step, step.each, more));
  for (const block of step.blocks) {
    lines.push(...blockHead(step, block).map((line) => `${more}${line}`));
    for (const inner of block.steps) lines.push(...stepLines(vars, inner, `${more}  `));
  }
  return lines;
}

/** What each copy will be: how many there are and over which values is known when the run comes by. */
function patternLines(
  vars: Variables,
  { id }: Step,
  { pattern, mark, gather }: Each,
  indent: string,
): readonly string[] {
  const lines = stepLines(vars, pattern, `${indent}  `).map((line) => line.replaceAll(mark, '_N'));
  const lists = Object.entries(gather).map(([name, from]) => `${indent}gather: ${name} = ${from} of every copy`);
  return [
    `${indent}copies, made when the run comes by: ${id.replaceAll(/_N\d+/g, '_N')}_1, ${id.replaceAll(/_N\d+/g, '_N')}_2, …`,
    ...lines,
    ...lists,
  ];
}

/** What a step says besides its action, in the order in which it matters. */
function factsOf(vars: Variables, step: Step): readonly (readonly [string, string])[] {
  const { retry, item } = step;
  const facts: (readonly [string, string] | null)[] = [
    step.why === undefined ? null : ['why', step.why],
    step.roles.length === 0 ? null : ['roles', step.roles.join(', ')],
    item === undefined ? null : ['severity', item.severity],
    step.when === undefined ? null : ['when', step.when],
    step.danger ? ['DANGER', `confirmed by the target's name${noReturn(step)}`] : null,
    step.tty ? ['terminal', ['the command has it', unmaskedOnTerminal(vars, step) ?? []].flat().join('; ')] : null,
    step.doneWhen === undefined ? null : ['done when', step.doneWhen.summary],
    ...step.expect.map((expect) => ['expect', expect] as const),
    ...Object.entries(step.capture).map(([name, source]) => ['capture', `${name} = ${source}`] as const),
    ...(step.evidence ?? []).map((pattern) => ['evidence', pattern] as const),
    retry === undefined ? null : ['retry', retryText(retry)],
    step.timeoutMs === undefined ? null : ['timeout', durationText(step.timeoutMs)],
    Object.keys(step.env).length === 0 ? null : ['environment', Object.keys(step.env).join(', ')],
    step.cwd === undefined ? null : ['folder', step.cwd],
    step.onFail === 'ask' ? null : ['on failure', step.onFail],
    step.owes === undefined ? null : ['owes', step.owes],
    step.settles === undefined ? null : ['settles', step.settles],
  ];
  return facts.filter((fact) => fact !== null);
}

function noReturn({ undo }: Step): string {
  return undo.kind === 'none' ? '; point of no return' : '';
}

function retryText({ times, forMs, everyMs, passes, giveUp }: Retry): string {
  const within = forMs === undefined ? '' : ` within ${durationText(forMs)}`;
  const inRow = passes > 1 ? `, ${passes} passes in a row` : '';
  const end = giveUp === undefined ? '' : `, given up when ${giveUp}`;
  return `up to ${times} times${within}, every ${durationText(everyMs)}${inRow}${end}`;
}

/** The heading of an option or of a category; what runs at the same time needs none. */
function blockHead({ flow, effect }: Step, { label, when, goto }: Block): readonly string[] {
  if (flow === 'parallel' || flow === 'steps') return [];
  const condition =
    when === undefined ? '' : ` (${effect === 'person' ? 'suggested' : 'taken'} when ${visibleLine(when)})`;
  const name = flow === 'choose' ? 'option' : 'category';
  return [`${name}: ${visibleLine(label)}${goto === undefined ? '' : ` → ${goto}`}${condition}`];
}

/** What runs, a script of several lines as it is. */
function bodyLines(body: Body, label: string, indent: string): readonly string[] {
  const { params } = body;
  const script = typeof params === 'object' && params !== null && 'script' in params ? params.script : null;
  const lines = typeof script === 'string' ? script.trimEnd().split('\n') : [];
  if (lines.length < 2) return [`${indent}${label}${what(body)}`];
  const head = `${body.action}:${effectOf(body)}`;
  return [`${indent}${label}${head}`, ...lines.map((line) => `${indent}  | ${visibleLine(line)}`)];
}

function what(body: Body): string {
  return `${body.action}: ${visibleLine(body.summary)}${effectOf(body)}`;
}

function effectOf({ effect }: Body): string {
  return effect === 'read' ? '' : ` [${effect}]`;
}

/** The plan as a diagram in the language of Mermaid, which forges draw. */
import type { Plan } from '../app/plan.ts';
import { visibleLine } from '../diagnostics/sanitise.ts';
import type { Runbook, Step } from '../runbook/document.ts';

/** A flowchart: phases as boxes around their steps, choices as branches, undo as dotted lines back, what is left out in dashes. */
export function planAsGraph(runbook: Runbook, leftOut: Plan['leftOut'] = new Map()): string {
  const lines = ['flowchart TD'];
  const out: string[] = [];
  let before: string | null = null;
  const drawn = (
    steps: readonly Step[],
    indent: string,
    isOut = false,
  ): { readonly first: string | null; readonly last: string | null } => {
    let first: string | null = null;
    let last: string | null = null;
    for (const step of steps) {
      const isLeftOut = leftOut.has(step.id);
      if (isOut || isLeftOut) out.push(nodeId(step.id));
      lines.push(`${indent}${node(step, isLeftOut)}`);
      if (last !== null) lines.push(`${indent}${last} --> ${nodeId(step.id)}`);
      first ??= nodeId(step.id);
      last = nodeId(step.id);
      for (const block of step.flow === 'checklist' ? [] : step.blocks) {
        const inner = drawn(block.steps, `${indent}  `, isOut || isLeftOut);
        const to = inner.first ?? (block.goto === undefined || block.goto === null ? null : nodeId(block.goto));
        if (to !== null) lines.push(`${indent}${nodeId(step.id)} -- "${label(block.label)}" --> ${to}`);
      }
      if (step.undo.kind === 'covered')
        lines.push(`${indent}${nodeId(step.id)} -. "undo covered" .-> ${nodeId(step.undo.by)}`);
    }
    return { first, last };
  };
  for (const [index, phase] of runbook.phases.entries()) {
    lines.push(`  subgraph phase_${index}["${label(phase.title)}"]`);
    const { first, last } = drawn(phase.steps, '    ');
    lines.push('  end');
    if (before !== null && first !== null) lines.push(`  ${before} --> ${first}`);
    before = last ?? before;
  }
  if (runbook.rollback.steps.length > 0) {
    lines.push('  subgraph rollback["Rollback"]');
    drawn(runbook.rollback.steps, '    ');
    lines.push('  end');
  }
  if (out.length > 0) lines.push('  classDef leftOut stroke-dasharray: 5 5', `  class ${out.join(',')} leftOut`);
  return `${lines.join('\n')}\n`;
}

/** No word of Mermaid's, such as `end`, and no name of a box. */
function nodeId(step: string): string {
  return `step_${step}`;
}

function node(step: Step, isLeftOut: boolean): string {
  const text = label(`${step.title}${step.undo.kind === 'bodies' ? ' ↩' : ''}${isLeftOut ? ' (left out)' : ''}`);
  const id = nodeId(step.id);
  if (step.danger) return `${id}{{"⚠ ${text}"}}`;
  if (step.flow === 'choose') return `${id}{"${text}"}`;
  if (step.effect === 'gate') return `${id}[["${text}"]]`;
  if (step.effect === 'person') return `${id}(["${text}"])`;
  return `${id}["${text}"]`;
}

/** Text between quotes: what would end it, or be drawn as something else, is written as a character's number. */
function label(text: string): string {
  return visibleLine(text).replaceAll(/["#<>&;`\\{}|]/g, (character) => `#${character.codePointAt(0) ?? 35};`);
}

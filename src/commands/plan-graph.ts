/** The plan as a diagram in the language of Mermaid, which forges draw. */
import { visibleLine } from '../diagnostics/sanitise.ts';
import type { Runbook, Step } from '../runbook/document.ts';

/** A flowchart: phases as boxes around their steps, choices as branches, undo as dotted lines back. */
export function planAsGraph(runbook: Runbook): string {
  const lines = ['flowchart TD'];
  let before: string | null = null;
  const drawn = (
    steps: readonly Step[],
    indent: string,
  ): { readonly first: string | null; readonly last: string | null } => {
    let first: string | null = null;
    let last: string | null = null;
    for (const step of steps) {
      lines.push(`${indent}${node(step)}`);
      if (last !== null) lines.push(`${indent}${last} --> ${nodeId(step.id)}`);
      first ??= nodeId(step.id);
      last = nodeId(step.id);
      for (const block of step.flow === 'checklist' ? [] : step.blocks) {
        const inner = drawn(block.steps, `${indent}  `);
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
  return `${lines.join('\n')}\n`;
}

/** No word of Mermaid's, such as `end`, and no name of a box. */
function nodeId(step: string): string {
  return `step_${step}`;
}

function node(step: Step): string {
  const text = label(`${step.title}${step.undo.kind === 'bodies' ? ' ↩' : ''}`);
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

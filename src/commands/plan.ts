/** `gonogo plan FILE`: what would run, in order, with its undo; nothing is executed. */
import { plan as planOf } from '../app/plan.ts';
import { type Io, openWorld, printJson, type StateOptions, tellDiagnostics } from './command.ts';
import { type NarrowingFlags, narrowingOf } from './narrowing-flags.ts';
import { planAsGraph } from './plan-graph.ts';
import { planAsJson } from './plan-json.ts';
import { planAsLines } from './plan-lines.ts';
import { parseVariableFlags } from './variable-flags.ts';

export interface PlanOptions extends StateOptions, NarrowingFlags {
  readonly json?: boolean | undefined;
  /** As a diagram in the language of Mermaid. */
  readonly graph?: boolean | undefined;
  /** `k=v`. */
  readonly vars?: readonly string[] | undefined;
  readonly varsFile?: string | undefined;
}

/** Prints the plan of `file`. */
export async function plan(file: string, options: PlanOptions, io: Io): Promise<number> {
  const vars = parseVariableFlags(options.vars ?? []);
  const narrowing = narrowingOf(options);
  const planned = await planOf(await openWorld(options), { file, vars, varsFile: options.varsFile, narrowing });
  const { runbook, warnings, texts } = planned.document;
  tellDiagnostics(io, warnings, texts);
  if (options.graph === true) io.stdout(planAsGraph(runbook, planned.leftOut));
  else if (options.json === true) printJson(io, planAsJson(planned));
  else for (const line of planAsLines(planned, io.width ?? null)) io.stdout(`${line}\n`);
  return 0;
}

/** Rehearsing documents that are texts of a test. */
import { actions } from '../../src/actions/registry.ts';
import { madeUp } from '../../src/drill/made-up.ts';
import { type Coverage, countOf, type Outcome, type PointKind } from '../../src/drill/point.ts';
import { rehearse } from '../../src/drill/rehearse.ts';
import { standInsOf } from '../../src/drill/stand-ins.ts';
import type { Runbook } from '../../src/runbook/document.ts';
import { type DrillFile, noStandIns, parseDrillFile } from '../../src/runbook/drill-file.ts';
import { parseText, sourceOf } from '../runbook/documents.ts';

/** The runbook of `text`, which has no error. */
export function runbookOf(text: string, files: Readonly<Record<string, string>> = {}): Runbook {
  const { runbook, diagnostics } = parseText(text, files);
  if (runbook === null) throw new Error(diagnostics.map(({ message }) => message).join('; '));
  return runbook;
}

/** `LINE:COLUMN CODE` of what is wrong with the drill file `text`, and what it says where nothing is. */
export function drillFileOf(text: string, runbook: Runbook): { found: readonly string[]; file: DrillFile | null } {
  const { diagnostics, file } = parseDrillFile(sourceOf(text, 'case.drill.yaml'), runbook, actions);
  return { found: diagnostics.map(({ line, column, code }) => `${line}:${column} ${code}`), file };
}

/** What the rehearsal of `text` comes to; `drill`: its drill file. */
export async function coverageOf(
  text: string,
  drill: string | null = null,
  files: Readonly<Record<string, string>> = {},
): Promise<Coverage> {
  const runbook = runbookOf(text, files);
  const { found, file } = drill === null ? { found: [], file: noStandIns } : drillFileOf(drill, runbook);
  if (file === null) throw new Error(found.join('; '));
  const vars: Record<string, string | null> = {};
  const secrets = new Map<string, string>();
  for (const [name, variable] of Object.entries(runbook.vars)) {
    const { literal, ask, env, from, secret } = variable;
    if (literal === undefined && ask === undefined && env === undefined && from === undefined) continue;
    const value = literal ?? file.vars[name] ?? madeUp(name, variable) ?? '';
    vars[name] = secret ? null : value;
    if (secret) secrets.set(name, value);
  }
  return rehearse({ runbook, actions, standIns: standInsOf(file), vars, secrets });
}

/** `STEP` → kinds of its points that stand so, on the first visit of the first way. */
export function standing(coverage: Coverage, as: Outcome['standing']): Readonly<Record<string, readonly PointKind[]>> {
  const found = coverage.outcomes.filter(
    ({ standing, point }) => standing === as && point.way === 0 && point.visit === 1,
  );
  const steps = Map.groupBy(found, ({ point }) => point.step);
  return Object.fromEntries([...steps].map(([step, outcomes]) => [step, outcomes.map(({ point }) => point.kind)]));
}

/** Points that are open, as `STEP KIND`. */
export function open(coverage: Coverage): readonly string[] {
  return coverage.outcomes
    .filter(({ standing }) => standing === 'open')
    .map(({ point }) => `${point.step} ${point.kind}`);
}

/** True where every point has a way back, and none is only marked. */
export function isCovered(coverage: Coverage): boolean {
  const { points, covered } = countOf(coverage);
  return points > 0 && covered === points && coverage.unreached.length === 0;
}

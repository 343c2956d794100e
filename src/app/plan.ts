/** What a run of a document would do, as far as that is known before it: nothing is executed, nothing is written. */

import { type Foreknown, foreknown, type KnownValues, knownValues } from '../run/known-ahead.ts';
import { capturedOnlyBy, type Narrowing } from '../run/left-out.ts';
import type { Durations } from '../run/typical.ts';
import type { StepId } from '../runbook/document.ts';
import { type ReadDocument, readDocument } from './read-document.ts';
import { readInput } from './read-input.ts';
import { leftOutIn } from './start.ts';
import { parseVarsFile, startValues, valuesFor } from './variables.ts';
import type { World } from './world.ts';

export interface PlanRequest {
  /** Path of the document. */
  readonly file: string;
  /** Values of variables by name, as text. */
  readonly vars: ReadonlyMap<string, string>;
  /** File of values: YAML, JSON, or lines `NAME=value`; `-`: the standard input. */
  readonly varsFile?: string | undefined;
  /** What is left out of the run. */
  readonly narrowing?: Narrowing | undefined;
}

export interface Plan {
  readonly document: ReadDocument;
  readonly variables: readonly Foreknown[];
  readonly values: KnownValues;
  /** Why steps are left out, by their ids; what is in one of them is left out with it. */
  readonly leftOut: ReadonlyMap<StepId, string>;
  /** What the steps took in earlier runs of a document with this title. */
  readonly durations: Durations;
}

/** Plans a run. Throws `Refusal` for a document or values with which none would start. */
export async function plan(world: World, { file, vars, varsFile, narrowing }: PlanRequest): Promise<Plan> {
  const document = await readDocument(file);
  const { runbook } = document;
  const leftOut = new Map(leftOutIn(runbook, narrowing).map(({ step, reason }) => [step, reason]));
  const instead = capturedOnlyBy(runbook, new Set(leftOut.keys()));
  const inFile = varsFile === undefined ? new Map() : parseVarsFile(varsFile, readInput(varsFile).text);
  const { env, cwd } = world.host.machine;
  // A plan is read on any machine: the programs that give secrets need not be on this one.
  const declared = Object.entries(runbook.vars).filter(([name, { from }]) => from === undefined || vars.has(name));
  const here = { ...runbook, vars: Object.fromEntries(declared) };
  const variables = foreknown(
    runbook,
    startValues(here, { given: vars, file: valuesFor(here, inFile).values, env, cwd, instead }),
    leftOut,
  );
  const durations = await world.journals.durations(runbook.title);
  return { document, variables, values: knownValues(runbook, variables), leftOut, durations };
}

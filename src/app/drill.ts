/**
 * Rehearses runbooks: lets each fail at every point in a simulated world, and tells which failures have a way back.
 *
 * Invariant: nothing is executed and nothing is asked, not the environment either, so that it comes to the same on every machine.
 */
import { actions } from '../actions/registry.ts';
import { NeverRests } from '../drill/machine.ts';
import { madeUp } from '../drill/made-up.ts';
import type { Coverage } from '../drill/point.ts';
import { NoWay, rehearse } from '../drill/rehearse.ts';
import { standInsOf } from '../drill/stand-ins.ts';
import type { Runbook } from '../runbook/document.ts';
import { type DrillFile, drillPathOf, noStandIns } from '../runbook/drill-file.ts';
import { type DrillSource, readDrill } from './drill-files.ts';
import { type ReadDocument, readDocument } from './read-document.ts';
import { Refusal, type VariableProblem } from './refusal.ts';
import { assertNone, startValues } from './variables.ts';

/** A value that was made up, and for what. */
export interface MadeUpValue {
  readonly name: string;
  /** null: a secret. */
  readonly value: string | null;
}

export interface Drilled {
  readonly file: string;
  readonly document: ReadDocument;
  /** null: there is none, so that every stand-in is made up. */
  readonly drill: DrillSource | null;
  readonly madeUp: readonly MadeUpValue[];
  readonly coverage: Coverage;
}

/**
 * Rehearses the runbook `file` with the values `vars`. Throws `Refusal` for a document, a drill file or values with which there is
 * nothing to rehearse.
 */
export async function drill(file: string, vars: ReadonlyMap<string, string>): Promise<Drilled> {
  const document = await readDocument(file);
  const { runbook } = document;
  if (runbook.kind !== 'runbook') {
    const message = `${file} is a checklist: it changes nothing, so there is no way back to rehearse`;
    throw new Refusal({ code: 'wrong-kind', file, kind: runbook.kind }, message);
  }
  const drill = readDrill(file, runbook);
  const values = valuesFor(runbook, vars, drill?.file ?? noStandIns);
  const coverage = await covered(file, runbook, drill, values);
  return { file, document, drill, madeUp: values.madeUp, coverage };
}

interface Values {
  readonly vars: Readonly<Record<string, string | null>>;
  readonly secrets: ReadonlyMap<string, string>;
  readonly madeUp: readonly MadeUpValue[];
}

/** Values of all variables that no step captures: given, else of the drill file, else made up. */
function valuesFor(runbook: Runbook, given: ReadonlyMap<string, string>, { vars: told }: DrillFile): Values {
  // Nothing that gives a value is run, so it need not be there.
  const entries = Object.entries(runbook.vars).map(
    ([name, { from, ...variable }]) => [name, from === undefined ? variable : { ...variable, ask: name }] as const,
  );
  const here = { ...runbook, vars: Object.fromEntries(entries) };
  const known = startValues(here, { given, file: new Map(Object.entries(told)), env: {}, cwd: '/' });
  const vars: Record<string, string | null> = { ...known.vars };
  const secrets = new Map<string, string>();
  const made: MadeUpValue[] = [];
  const problems: VariableProblem[] = [];
  for (const [name, variable] of Object.entries(runbook.vars)) {
    const { ask, env, from, or, secret, match, default: usual } = variable;
    const isGiven = [ask, env, from, or, usual].some((source) => source !== undefined);
    if (!isGiven || vars[name] !== undefined) continue;
    const value = madeUp(name, variable);
    if (value === null) {
      const why = `no value could be made up${match === undefined ? '' : ` for ${match}`}; name one, or write it under vars of the drill file`;
      problems.push({ kind: 'unfit', name, place: { kind: 'given' }, why });
      continue;
    }
    vars[name] = secret ? null : value;
    if (secret) secrets.set(name, value);
    made.push({ name, value: secret ? null : value });
  }
  assertNone(problems);
  return { vars, secrets, madeUp: made };
}

async function covered(
  file: string,
  runbook: Runbook,
  drill: DrillSource | null,
  { vars, secrets }: Values,
): Promise<Coverage> {
  const standIns = standInsOf(drill?.file ?? noStandIns);
  try {
    return await rehearse({ runbook, actions, standIns, vars, secrets });
  } catch (error) {
    if (!(error instanceof NoWay || error instanceof NeverRests)) throw error;
    const step = error instanceof NoWay ? error.step : null;
    const at = step === null ? '' : `${step}: `;
    const hint = `hint: give ${step === null ? 'the steps' : 'it'} a stand-in in ${drillPathOf(file)} with which the run goes on`;
    const message = `${file}: the rehearsal comes to no end: ${at}${error.message}\n${hint}`;
    throw new Refusal({ code: 'not-rehearsable', file, step }, message, error);
  }
}

/** `gonogo drill FILE…`: rehearses every failure point of runbooks; nothing is executed. */
import { type Drilled, drill } from '../app/drill.ts';
import { runbookOf } from '../app/drill-files.ts';
import { drillKey, recordDrill } from '../app/rehearsal.ts';
import { visible } from '../diagnostics/sanitise.ts';
import { countOf } from '../drill/point.ts';
import { exitCodes } from '../engine/exit-code.ts';
import { type Io, openWorld, printJson, type StateOptions, tellDiagnostics, UsageError } from './command.ts';
import { drillLines, provesOnly } from './drill-lines.ts';
import { report } from './failure.ts';
import { parseVariableFlags } from './variable-flags.ts';

export interface DrillOptions extends StateOptions {
  /** A key file, its `.pub` file, or `SHA256:…` of a key in ssh-agent. */
  readonly sign?: string | undefined;
  readonly json?: boolean | undefined;
  /** `k=v`. */
  readonly vars?: readonly string[] | undefined;
}

/**
 * Rehearses `files`, drill files standing for their runbooks, and keeps what came of each in the state folder. Resolves with 2 when one of them cannot be rehearsed, with 1 when one
 * has a failure point without a way back that it does not speak of, else with 0.
 */
export async function drillFiles(files: readonly string[], options: DrillOptions, io: Io): Promise<number> {
  if (files.length === 0) throw new UsageError('name the runbooks to rehearse');
  const vars = parseVariableFlags(options.vars ?? []);
  const world = await openWorld(options);
  const signer = await drillKey(world, options.sign);
  const done: (Drilled & { readonly record: string })[] = [];
  let code: number = exitCodes.done;
  const seen = new Set<string>();
  for (const named of files) {
    try {
      const file = runbookOf(named);
      if (seen.has(file)) continue;
      seen.add(file);
      const drilled = await drill(file, vars);
      tellDiagnostics(io, [...drilled.document.warnings, ...(drilled.drill?.warnings ?? [])], drilled.document.texts);
      const record = await recordDrill(world, drilled, signer);
      done.push({ ...drilled, record });
      if (options.json !== true) {
        for (const line of drillLines(drilled)) io.stdout(`${line}\n`);
        const by = signer === null ? '' : `, signed with ${signer.publicKey.fingerprint}`;
        io.stdout(`  recorded: ${visible(record)}${by}\n`);
      }
      if (!isWhole(drilled)) code = Math.max(code, exitCodes.failed);
    } catch (error) {
      // The others are rehearsed all the same.
      code = Math.max(code, report(io, error));
    }
  }
  if (options.json === true) printJson(io, done.map(asJson));
  else if (done.length > 0) io.stdout(`${provesOnly}\n`);
  return code;
}

/** True when every failure point has a way back or is one of which the runbook says that there is none. */
function isWhole({ coverage }: Drilled): boolean {
  return countOf(coverage).open === 0 && coverage.unreached.length === 0;
}

function asJson(drilled: Drilled & { readonly record: string }): unknown {
  const { file, document, drill: beside, madeUp, coverage, record } = drilled;
  return {
    file,
    title: document.runbook.title,
    drill: beside?.source.path ?? null,
    ok: isWhole(drilled),
    ...countOf(coverage),
    madeUp: Object.fromEntries(madeUp.map(({ name, value }) => [name, value ?? '•••'])),
    ways: coverage.ways,
    stood: coverage.stood,
    unreached: coverage.unreached,
    outcomes: coverage.outcomes.map(({ point, end, left, standing }) => ({ ...point, standing, end, left })),
    proves: provesOnly,
    record,
  };
}

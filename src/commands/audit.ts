/** `gonogo audit CHECKLIST`: a run of a checklist, its score, its findings and its verdict. */
import { explainScore } from '../checklist/explain.ts';
import { visibleLine } from '../diagnostics/sanitise.ts';
import type { Verdict } from '../run/event.ts';
import { dayOf, resultsAt } from '../run/gate.ts';
import type { RunState } from '../run/state.ts';
import { auditLines, trendLines } from './audit-lines.ts';
import { type Io, openWorld, printJson, UsageError, type World } from './command.ts';
import { drive } from './drive.ts';
import { folderOf, trendOf } from './earlier-audits.ts';
import { type RunOptions, startRun } from './open-run.ts';
import { readDocument } from './read-document.ts';

export interface AuditOptions extends Omit<RunOptions, 'vars' | 'varsFile'> {
  /** Print the arithmetic of the score and how it went over the earlier audits. */
  readonly explain?: boolean | undefined;
  /** One JSON document on stdout; nobody is asked. */
  readonly json?: boolean | undefined;
}

/** Audits a folder by `file`. Resolves with the exit code: 0 go, 1 no-go, 2 bad input, 3 waits for a person. */
export async function audit(file: string, options: AuditOptions, io: Io): Promise<number> {
  const world = await openWorld(options);
  const { runbook } = await readDocument(file, io);
  if (runbook.kind !== 'checklist') {
    throw new UsageError(`${file} is no checklist but a runbook\nhint: gonogo run ${file}`);
  }
  const json = options.json === true;
  const how = { ...options, headless: json || options.headless === true };
  const repo = options.repo ?? '.';
  // What is said while it runs is talk as soon as the data is a document.
  const talk: Io = json ? { ...io, stdout: (text) => io.stderr(text) } : io;
  const { session, answers, operator } = await startRun(world, file, { ...how, repo }, { ...io, stderr: () => {} });
  const code = await drive(world, session, { ...how, answers, operator }, talk);
  await print(world, session.state(), options, io);
  return code;
}

async function print(world: World, state: RunState, options: AuditOptions, io: Io): Promise<void> {
  const given = state.verdicts.at(-1);
  if (options.json === true) printJson(io, auditAsJson(state.id, given?.data.verdict ?? null));
  if (options.json === true || given === undefined) return;
  const items = resultsAt(state, given.step, given.at);
  const say = (lines: readonly string[]): void => {
    for (const line of lines) io.stdout(`${visibleLine(line)}\n`);
  };
  say(['', ...auditLines(state, given.data, items)]);
  if (options.explain !== true) return;
  const { runbook, startedAt } = state;
  const rules = runbook.checklist;
  if (rules !== undefined) say(['', 'Arithmetic', ...explainScore(rules, items, dayOf(given.at))]);
  const earlier = await trendOf(
    world,
    { runbook, folder: folderOf(state), before: startedAt },
    given.data.verdict.checklist,
  );
  say(['', ...trendLines([...earlier, { run: state.id, at: given.at, verdict: given.data.verdict }])]);
}

/** The audit as data. A run that waits for a person has no verdict yet: null. */
function auditAsJson(run: string, verdict: Verdict | null): Record<string, unknown> {
  const scoreOf = (score: string | null): number | null => (score === null ? null : Number(score));
  return {
    run,
    score: scoreOf(verdict?.score ?? null),
    verdict: verdict?.verdict ?? null,
    categories: Object.fromEntries((verdict?.categories ?? []).map(({ id, score }) => [id, { score: scoreOf(score) }])),
    findings: (verdict?.findings ?? []).map(({ id, severity, status, evidence }) => ({
      id,
      severity,
      status,
      evidence,
    })),
  };
}

/** `gonogo audit CHECKLIST`: a run of a checklist, its score, its findings and its verdict. */
import { auditOutcome, auditTrend, itemOutcomes } from '../app/audit.ts';
import { start } from '../app/start.ts';
import type { World } from '../app/world.ts';
import { explainScore } from '../checklist/explain.ts';
import { visibleLine } from '../diagnostics/sanitise.ts';
import { dayOf } from '../run/day.ts';
import type { Verdict } from '../run/event.ts';
import type { RunState } from '../run/state.ts';
import { auditLines, trendLines } from './audit-lines.ts';
import { type Io, openWorld, printJson, type StateOptions } from './command.ts';
import { type DriveOptions, drive, isGuided } from './drive.ts';

export interface AuditOptions extends StateOptions, DriveOptions {
  readonly answers?: string | undefined;
  readonly operator?: string | undefined;
  /** Folder that is looked at instead of the present one. */
  readonly repo?: string | undefined;
  /** Run whose verdicts are the ones to compare with, instead of the newest earlier one's. */
  readonly against?: string | undefined;
  /** Categories that are asked; absent: all. */
  readonly only?: readonly string[] | undefined;
  /** Print the arithmetic of the score and how it went over the earlier audits. */
  readonly explain?: boolean | undefined;
  /** One JSON document on stdout; nobody is asked. */
  readonly json?: boolean | undefined;
}

/** Audits a folder by `file`. Resolves with the exit code: 0 go, 1 no-go, 2 bad input, 3 waits for a person. */
export async function audit(file: string, options: AuditOptions, io: Io): Promise<number> {
  const { answers, operator, repo = '.', against, only, plain, inline } = options;
  const json = options.json === true;
  const how = { plain, inline, headless: json || options.headless === true };
  const world = await openWorld(options);
  // What is said while it runs is talk as soon as the data is a document.
  const talk: Io = json ? { ...io, stdout: (text) => io.stderr(text) } : io;
  const guided = isGuided(how, io);
  const opened = await start(world, { file, kind: 'checklist', guided, answers, operator, repo, against, only });
  const code = await drive(world, opened, how, talk);
  await print(world, opened.session.state(), options, io);
  return code;
}

async function print(world: World, state: RunState, options: AuditOptions, io: Io): Promise<void> {
  const outcome = auditOutcome(state);
  if (options.json === true) printJson(io, auditAsJson(state, outcome?.data.verdict ?? null));
  if (options.json === true || outcome === null) return;
  const { at, data, items } = outcome;
  const say = (lines: readonly string[]): void => {
    for (const line of lines) io.stdout(`${visibleLine(line)}\n`);
  };
  say(['', ...auditLines(state, data, items)]);
  if (options.explain !== true) return;
  const rules = state.runbook.checklist;
  if (rules !== undefined) say(['', 'Arithmetic', ...explainScore(rules, items, dayOf(at))]);
  say(['', ...trendLines(await auditTrend(world, state, outcome))]);
}

/** The audit as data. A run that waits for a person has no verdict yet: null. */
function auditAsJson(state: RunState, verdict: Verdict | null): Record<string, unknown> {
  const scoreOf = (score: string | null): number | null => (score === null ? null : Number(score));
  return {
    run: state.id,
    ...(state.started.revision === undefined ? {} : { revision: state.started.revision }),
    score: scoreOf(verdict?.score ?? null),
    verdict: verdict?.verdict ?? null,
    categories: Object.fromEntries((verdict?.categories ?? []).map(({ id, score }) => [id, { score: scoreOf(score) }])),
    findings: (verdict?.findings ?? []).map(({ id, severity, status, evidence }) => ({
      id,
      severity,
      status,
      evidence,
    })),
    items: itemOutcomes(state),
  };
}

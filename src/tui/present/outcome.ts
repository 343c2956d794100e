/**
 * How a run ended, or where it stands: the finished panel, and the plain summary that stays on the terminal.
 */
import { visibleLine } from '../../diagnostics/sanitise.ts';
import { successCriteria } from '../../report/success.ts';
import { attendedMs } from '../../run/elapsed.ts';
import type { Verdict } from '../../run/event.ts';
import { progress } from '../../run/progress.ts';
import { standingOf } from '../../run/standing.ts';
import type { RunState } from '../../run/state.ts';
import type { StepId } from '../../runbook/document.ts';
import { keyOf } from '../keys/labels.ts';
import type { RunView, View } from '../view.ts';
import { fit, wrap } from './cells.ts';
import { counted, elapsed } from './format.ts';
import { glyphsOf, type Look, paint } from './look.ts';
import { heading, type Panel } from './panel.ts';
import { standingLines } from './standing.ts';

/** The panel under a run that ended. */
export function outcomePanel(view: View, run: RunView, rowsMax: number): Panel {
  const { look, now } = view;
  const { columns: width } = view.ui;
  const { state } = run;
  const lines = outcomeLines(state, now);
  const bad = state.status === 'failed' || state.status === 'abandoned' || isNoGo(state);
  const report =
    run.report === null
      ? `Report: not written; ${keyOf(view.keys, 'report')} writes it`
      : `Report: ${visibleLine(run.report)}`;
  const rows = [...lines.slice(1), report].flatMap((row) => wrap(row, width - 2));
  const room = Math.max(0, rowsMax - 1);
  const kept = rows.length <= room ? room : Math.max(0, room - 1);
  const more = `(${counted(rows.length - kept, 'more line')}: ${keyOf(view.keys, 'preview')} shows the report as it stands)`;
  return {
    before: [
      heading(lines[0] ?? '', bad ? 'danger' : 'plain', look, width),
      ...[...rows.slice(0, kept), ...(kept < room ? [more] : [])].map((row) =>
        fit(`  ${row}`, width, glyphsOf(look).ellipsis),
      ),
    ],
    menu: null,
    after: [],
  };
}

function isNoGo(state: RunState): boolean {
  return state.runbook.kind === 'checklist' && state.verdicts.at(-1)?.data.verdict.verdict === 'no-go';
}

/** What is printed on the normal screen when the app is left: plain lines without an end of line. */
export function summaryLines(state: RunState, report: string | null, look: Look, now: number): readonly string[] {
  const [first = '', ...rest] = outcomeLines(state, now);
  const next = state.endedAt === null ? [`Go on with: gonogo resume ${state.id}`] : [];
  const where =
    report === null
      ? state.endedAt === null
        ? []
        : [`Report: gonogo report ${state.id}`]
      : [`Report: ${visibleLine(report)}`];
  return [paint(look, 'bold', first), ...[...rest, ...where, ...next].map((line) => `  ${line}`)];
}

function outcomeLines(state: RunState, now: number): readonly string[] {
  const verdict = state.verdicts.at(-1)?.data.verdict;
  if (state.runbook.kind === 'checklist' && state.endedAt !== null && verdict !== undefined) {
    return auditLines(state, verdict);
  }
  const reason = state.endReason ?? '';
  const standing = standingOf(state);
  const departures = deviations(state);
  return [
    `${standing.running.length > 0 ? 'RUNNING ON' : statusWord(state)}: ${visibleLine(state.runbook.title)}`,
    `${progressText(state)} in ${elapsed(attendedMs(state, state.startedAt, state.endedAt ?? state.head.at))}`,
    `run ${visibleLine(state.id)}`,
    ...(reason === '' ? [] : [visibleLine(reason)]),
    ...standingLines(standing, now),
    ...successCriteria(state).map(({ criterion, status, proof }) => criterionLine(criterion, status.word, proof)),
    ...(departures.length === 0 ? [] : [`${counted(departures.length, 'deviation')}: ${departures.join(', ')}`]),
  ];
}

/** `12 of 14 steps passed, 2 skipped`. */
function progressText(state: RunState): string {
  const { passed, skipped, total } = progress(state);
  const what = state.rollback === null ? 'steps' : 'rollback steps';
  return `${passed} of ${total} ${what} passed${skipped === 0 ? '' : `, ${skipped} skipped`}`;
}

function criterionLine(criterion: string, word: string, proof: readonly { readonly step: StepId }[]): string {
  return `${word}: ${visibleLine(criterion)} (${proof.map(({ step }) => visibleLine(step)).join(', ')})`;
}

/** How an audit of its own ended. */
function auditLines(state: RunState, verdict: Verdict): readonly string[] {
  const findings = verdict.findings.map(({ id, status }) => `${visibleLine(id)} ${status}`);
  return [
    `${verdict.verdict.toUpperCase()}: ${visibleLine(state.runbook.title)}`,
    `${verdict.score} of ${verdict.scale}, ${counted(verdict.blockers, 'open blocker')}`,
    `run ${visibleLine(state.id)}`,
    findings.length === 0 ? 'no findings' : `${counted(findings.length, 'finding')}: ${findings.join(', ')}`,
  ];
}

function statusWord(state: RunState): string {
  return state.endedAt === null && state.status === 'running'
    ? 'STILL OPEN'
    : state.status.toUpperCase().replace('-', ' ');
}

/** What went otherwise than the document says, each in a few words. */
function deviations(state: RunState): readonly string[] {
  return state.deviations.map(({ step, word }) => (step === null ? word : `${visibleLine(step)} ${word}`));
}

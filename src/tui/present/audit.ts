/**
 * The audit screen's own parts: the verdict in one row, the categories with their scores, what there is to know about an
 * item.
 *
 * Invariants: every row is exactly as wide as asked; colour never speaks alone: what an item came to is a glyph here and a
 * word beside it.
 */
import { visibleLine } from '../../diagnostics/sanitise.ts';
import type { OutputView } from '../../feed/output-window.ts';
import { toldReasons } from '../../run/gate.ts';
import { spentMs } from '../../run/spent.ts';
import type { RunState } from '../../run/state.ts';
import type { StepId } from '../../runbook/document.ts';
import { type Audit, type AuditItem, type Show, shownItems, tallyOf } from '../audit.ts';
import { cellWidth, ends, fit } from './cells.ts';
import { counted, elapsed } from './format.ts';
import { type Glyphs, glyphsOf, type Look, paint, type Style } from './look.ts';
import { windowTop } from './step-list.ts';

/** The verdict, or how far it is: ` NO-GO  4.20 of 10  2 blockers  1 unknown`. What matters least gives way. */
export function verdictRow(audit: Audit, look: Look, width: number): string {
  const { verdict } = audit;
  const tally = tallyOf(audit);
  const word = tally.complete ? verdict.verdict.toUpperCase() : 'NOT COMPLETE';
  const style: Style = !tally.complete ? 'warn' : verdict.verdict === 'go' ? 'good' : 'bad';
  const facts = [
    `${verdict.score} of ${verdict.scale}`,
    ...(tally.blockers === 0 ? [] : [counted(tally.blockers, 'blocker')]),
    ...(tally.unknown === 0 ? [] : [`${tally.unknown} unknown`]),
    ...(tally.toAnswer === 0 ? [] : [`${tally.toAnswer} to answer`]),
    ...(tally.automatic === 0 ? [] : [`${tally.automaticDone}/${tally.automatic} automatic`]),
  ];
  while (facts.length > 1 && cellWidth(` ${word}  ${facts.join('   ')}`) > width) facts.pop();
  return paint(look, style, fit(` ${word}  ${facts.join('   ')}`, width, glyphsOf(look).ellipsis));
}

/** What the pane of items is drawn from. */
export interface Pane {
  readonly audit: Audit;
  readonly state: RunState;
  readonly show: Show;
  /** The items that are listed: a filter may leave out some. */
  readonly listed: readonly StepId[];
  readonly current: StepId | null;
  readonly selected: StepId | null;
  readonly marked: ReadonlySet<StepId>;
  readonly focused: boolean;
  readonly now: number;
  readonly look: Look;
}

type Row =
  | { readonly kind: 'category'; readonly id: string }
  | { readonly kind: 'item'; readonly item: AuditItem }
  | { readonly kind: 'none' };

/** The pane's rows, exactly `height` of them, each `width` cells. A filter opens every category that has something. */
export function auditRows(pane: Pane, width: number, height: number): readonly string[] {
  const { all, here, top } = windowOf(pane, height);
  const drawn = all.slice(top, top + height).map((row) => drawnRow(pane, row, here, width));
  return [...drawn, ...Array.from({ length: Math.max(0, height - drawn.length) }, () => ' '.repeat(width))];
}

/** The item in row `index` of a pane of `height` rows; null: there is none. */
export function itemAt(pane: Pane, height: number, index: number): StepId | null {
  const { all, top } = windowOf(pane, height);
  const row = all[top + index];
  return row?.kind === 'item' ? row.item.step.id : null;
}

/** What the pane lists, the category of the cursor, and from which row on it is shown. */
function windowOf(
  pane: Pane,
  height: number,
): { readonly all: readonly Row[]; readonly here: string | null; readonly top: number } {
  const { audit, show } = pane;
  const focus = pane.selected ?? pane.current;
  const items = shownItems(audit, show).filter(({ step }) => pane.listed.includes(step.id));
  const here = audit.items.find(({ step }) => step.id === focus)?.step.item?.category ?? items[0]?.step.item?.category;
  const rows = audit.rules.categories.flatMap(({ id }): Row[] => {
    const own = items.filter(({ step }) => step.item?.category === id);
    const open = show === 'all' ? id === here : own.length > 0;
    if (!open && show !== 'all') return [];
    return [{ kind: 'category', id }, ...(open ? own.map((item): Row => ({ kind: 'item', item })) : [])];
  });
  const all: readonly Row[] = rows.length === 0 ? [{ kind: 'none' }] : rows;
  const at = all.findIndex((row) => row.kind === 'item' && row.item.step.id === focus);
  return { all, here: here ?? null, top: windowTop(all.length, height, at) };
}

function drawnRow(pane: Pane, row: Row, here: string | null, width: number): string {
  switch (row.kind) {
    case 'category':
      return categoryRow(pane, row.id, row.id === here, width);
    case 'item':
      return itemRow(pane, row.item, width);
    case 'none':
      return fit(pane.show === 'failing' ? ' Nothing fails.' : ' Nothing is unanswered.', width);
  }
}

function categoryRow({ audit, look }: Pane, id: string, here: boolean, width: number): string {
  const glyphs = glyphsOf(look);
  const own = audit.items.filter(({ step }) => step.item?.category === id);
  const score = audit.verdict.categories.find((category) => category.id === id);
  const failing = own.some(
    ({ result, waived }) => !waived && (result.status === 'failed' || result.status === 'partial'),
  );
  const closed = own.every((item) => item.closed);
  const glyph = here ? glyphs.current : failing ? glyphs.failed : closed ? glyphs.passed : glyphs.pending;
  const left = ` ${glyph} ${visibleLine(score?.title ?? id)} `;
  const row = ends(left, score?.score ?? 'n/a', width, ' ', glyphs.ellipsis);
  return paint(look, here ? 'bold' : failing ? 'bad' : closed ? 'good' : 'dim', row);
}

function itemRow(pane: Pane, item: AuditItem, width: number): string {
  const { look } = pane;
  const { ellipsis } = glyphsOf(look);
  const here = item.step.id === (pane.selected ?? pane.current);
  const running = pane.state.steps.get(item.step.id)?.visits.at(-1);
  const runs = !item.closed && running?.status === 'running' && item.step.effect !== 'person';
  const glyph = runs ? glyphsOf(look).running : itemGlyph(item, glyphsOf(look));
  const right = runs
    ? elapsed(spentMs(pane.state, { step: item.step.id, visit: running }, pane.now))
    : item.waived
      ? 'waived'
      : item.result.severity;
  const left = `${here ? '>' : ' '}${pane.marked.has(item.step.id) ? '#' : ' '} ${glyph} `;
  const room = Math.max(0, width - cellWidth(left) - cellWidth(right) - 1);
  const row = fit(`${left}${fit(visibleLine(nameOf(pane.audit, item)), room, ellipsis)} ${right}`, width, ellipsis);
  return paint(look, here && pane.focused ? 'select' : itemStyle(item), row);
}

/** An item as its checklist calls it: at a gate its id begins with the gate's. */
function nameOf({ gate }: Audit, { step }: AuditItem): string {
  return gate !== null && step.id.startsWith(`${gate}_`) ? step.id.slice(gate.length + 1) : step.id;
}

function itemGlyph({ result, waived, closed }: AuditItem, glyphs: Glyphs): string {
  if (waived) return glyphs.warning;
  switch (result.status) {
    case 'passed':
      return glyphs.passed;
    case 'failed':
      return glyphs.failed;
    case 'partial':
      return '~';
    case 'na':
      return glyphs.skipped;
    case 'unknown':
      return closed ? '?' : glyphs.pending;
  }
}

/** The style of what an item came to. */
export function itemStyle({ result, waived, closed }: AuditItem): Style {
  if (waived) return 'warn';
  switch (result.status) {
    case 'passed':
      return 'good';
    case 'failed':
      return 'bad';
    case 'partial':
      return 'warn';
    case 'na':
      return 'dim';
    case 'unknown':
      return closed ? 'warn' : 'dim';
  }
}

/** What an item came to, in a word; empty while it is open. */
export function itemWord({ result, waived, closed }: AuditItem): string {
  if (!closed) return '';
  if (waived) return 'waived';
  return result.status === 'na' ? 'not applicable' : result.status;
}

/** Rows of text about an item, most important first, with how each is to be shown. */
export function itemFacts(
  item: AuditItem,
  state: RunState,
): readonly { readonly text: string; readonly style: Style }[] {
  const { step, result, waived } = item;
  const word = itemWord(item);
  const waiver = state.steps.get(step.id)?.visits.findLast((visit) => visit.waiver !== null)?.waiver ?? null;
  const terms = [
    `severity ${result.severity}`,
    ...(result.weight === null ? [] : [`weight ${result.weight}`]),
    ...(step.item?.owner === undefined ? [] : [`owner ${step.item.owner}`]),
    ...(step.item === undefined || step.item.requires.length === 0
      ? []
      : [`requires ${step.item.requires.join(', ')}`]),
  ];
  return [
    ...(word === '' || result.reason === null ? [] : [{ text: `${word}: ${result.reason}`, style: itemStyle(item) }]),
    ...(waiver === null
      ? []
      : [
          {
            text: `${waived ? 'waived' : 'waiver ended'} until ${waiver.until} by ${waiver.by}: ${waiver.why}`,
            style: 'warn' as const,
          },
        ]),
    { text: terms.join(', '), style: 'plain' },
    ...(result.fix === null || word === 'passed' ? [] : [{ text: `fix: ${result.fix}`, style: 'plain' as const }]),
  ];
}

/** Rows of text about a gate: what stands between it and a go. */
export function gateFacts({ verdict }: Audit): readonly { readonly text: string; readonly style: Style }[] {
  return [
    ...toldReasons(verdict.reasons).map((text) => ({ text, style: 'bad' as const })),
    ...verdict.findings.map(({ id, status, severity, evidence }) => ({
      text: `${id}: ${status}, ${severity}${evidence[0] === undefined ? '' : `; ${evidence[0]}`}`,
      style: 'plain' as const,
    })),
  ];
}

/** The places that an item rests on, as a window of lines like that of an output; null when it names none. */
export function evidenceView(item: AuditItem, top: number | null, rows: number): OutputView | null {
  const { evidence } = item.result;
  if (evidence.length === 0) return null;
  const first = Math.max(0, Math.min(top ?? 0, evidence.length - rows));
  return {
    step: item.step.id,
    lines: evidence.slice(first, first + rows),
    first: evidence.length > rows ? first : null,
    bytes: evidence.reduce((sum, line) => sum + line.length + 1, 0),
    total: evidence.length,
    counted: true,
    path: null,
    name: 'Evidence',
    apart: false,
    open: false,
    matches: null,
  };
}

/**
 * The first row: where this happens, which run it is, how far it is.
 */
import { visibleLine } from '../../diagnostics/sanitise.ts';
import { severityOf } from '../../run/incident.ts';
import { progress } from '../../run/progress.ts';
import { begunCommands } from '../../run/standing.ts';
import type { RunState } from '../../run/state.ts';
import type { History, RunView, View } from '../view.ts';
import { cellWidth, fit } from './cells.ts';
import { clockShown, remindersShown } from './clock.ts';
import { etaText } from './eta.ts';
import { filled } from './filled.ts';
import { shortId, timeOfDay } from './format.ts';
import { glyphsOf, paint, type Style } from './look.ts';

const barCells = 10;

const styles = { quiet: 'plain', amber: 'warn', red: 'banner-danger' } as const;

/** The banner of a run in exactly as many cells as the screen is wide. What matters least goes first: ETA, clock, version. */
export function bannerRow(view: View, { state, history }: RunView): string {
  const { look, now, offsetMs } = view;
  const width = view.ui.columns;
  const { ellipsis } = glyphsOf(look);
  const { word, name, left } = placeOf(state);
  const clock = clockShown(state, history, now, offsetMs);
  const due = remindersShown(state, now);
  const urgentParts = [...(clock === null ? [] : [clock.text]), ...(due === '' ? [] : [due])];
  const right = [...urgentParts, ...rightParts(state, history, now, offsetMs)];
  const head = word === '' ? ' ' : ` ${word} `;
  while (right.length > 1 && cellWidth(head) + cellWidth(left.join('  ')) + cellWidth(right.join('  ')) + 2 > width)
    right.pop();
  const plain = `${right.join('  ')} `;
  const room = Math.max(0, width - cellWidth(head) - cellWidth(plain));
  const urgent = clock === null || clock.urgency === 'quiet' ? null : clock;
  const tail =
    urgent === null ? plain : plain.replace(urgent.text, () => paint(look, styles[urgent.urgency], urgent.text));
  const middle = fit(left.join('  '), Math.max(0, room - 1), ellipsis);
  if (room === 0) return fit(`${head}${name}`, width, ellipsis);
  return `${word === '' ? head : ` ${paint(look, environmentStyle(word), word)} `}${paint(look, 'bold', middle)} ${tail}`;
}

/** Where this happens and which run it is: the environment's word, then target, version, run and phase. */
export function placeOf(state: RunState): {
  readonly word: string;
  readonly name: string;
  readonly left: readonly string[];
} {
  const { environment } = state.runbook;
  const name = visibleLine(targetOf(state));
  const version = visibleLine(state.variables.get('version')?.at(-1)?.value ?? '');
  return {
    word: environment === undefined ? '' : `[${visibleLine(environment).toUpperCase()}]`,
    name,
    left: [severityWord(state), name, version, visibleLine(shortId(state.id)), phaseWord(state)].filter(
      (part) => part !== '',
    ),
  };
}

function severityWord(state: RunState): string {
  return severityOf(state)?.toUpperCase() ?? '';
}

/** The target's name; without a target the runbook's title. */
function targetOf(state: RunState): string {
  const { target, title } = state.runbook;
  if (target === undefined) return title;
  return filled(state, null, target.name);
}

function rightParts(state: RunState, history: History, now: number, offsetMs: number): string[] {
  const { done, passed, total } = progress(state);
  const filled = total === 0 ? barCells : Math.floor((done / total) * barCells);
  const bar = `${passed}/${total} [${'#'.repeat(filled)}${'.'.repeat(barCells - filled)}]`;
  const eta = etaText(state, history);
  return [bar, timeOfDay(now, offsetMs), ...(eta === '' ? [] : [eta])];
}

function phaseWord(state: RunState): string {
  if (state.runbook.kind === 'checklist' && state.status === 'completed') return 'AUDITED';
  if (state.endedAt !== null) return state.status.toUpperCase().replace('-', ' ');
  if (state.rollback !== null) return 'ROLLING BACK';
  if (state.rollbackRequested !== null) return 'ROLLBACK ASKED FOR';
  if (state.status !== 'paused') return '';
  return begunCommands(state).length > 0 ? 'LEFT RUNNING' : 'PAUSED';
}

function environmentStyle(word: string): Style {
  return /PROD/.test(word) ? 'banner-danger' : 'banner-calm';
}

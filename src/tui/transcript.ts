/**
 * What became of the steps, one line each, in the order in which it became so: the prompts print it, and the inline screen leaves it
 * above its region.
 *
 * Invariants: a line is told once; nothing that was told is taken back; every line is sanitised.
 */
import { visibleLine } from '../diagnostics/sanitise.ts';
import { nameOnHost } from '../run/host-of.ts';
import { outlineOf } from '../run/outline.ts';
import { spentMs } from '../run/spent.ts';
import type { RunState } from '../run/state.ts';
import { took } from './present/format.ts';
import { wordAt } from './present/step-list.ts';

export class Transcript {
  readonly #told = new Map<string, string>();
  /** Only what is over is told, not that something began. */
  readonly #onlyOver: boolean;

  constructor({ onlyOver }: { readonly onlyOver: boolean }) {
    this.#onlyOver = onlyOver;
  }

  /** One line for each step whose status is another one than last told. */
  fresh(state: RunState): readonly string[] {
    const ids = new Set([...state.startedOrder, ...outlineOf(state.runbook).places.keys()]);
    return [...ids].flatMap((id) => this.#line(state, id) ?? []);
  }

  #line(state: RunState, id: string): string | null {
    const visit = state.steps.get(id)?.visits.at(-1);
    if (visit === undefined || visit.status === 'pending') return null;
    if (this.#onlyOver && visit.closedAt === null) return null;
    const key = `${visit.visit} ${visit.status}`;
    if (this.#told.get(id) === key) return null;
    this.#told.set(id, key);
    const reason = visit.reason === null ? '' : `: ${visibleLine(visit.reason)}`;
    const time = visit.closedAt === null ? '' : ` (${took(spentMs(state, { step: id, visit }, visit.closedAt))})`;
    return `${wordAt(state, id, visit.status)} ${visibleLine(nameOnHost(state, id, visit))}${time}${reason}`;
  }
}

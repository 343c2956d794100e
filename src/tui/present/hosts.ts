/** The hosts of a step by batch, each with how it stands. */
import { hostNames } from '../../report/fold.ts';
import { stepOnHosts } from '../../report/hosts.ts';
import type { HostRecord } from '../../report/hosts-model.ts';
import type { Tone } from '../../report/status.ts';
import { outlineOf } from '../../run/outline.ts';
import type { RunState } from '../../run/state.ts';
import type { StepId } from '../../runbook/document.ts';
import type { Style } from './look.ts';

interface HostRow {
  readonly text: string;
  readonly style: Style;
}

const known = new WeakMap<RunState, Map<StepId, readonly HostRow[]>>();

/** `5 of 6 hosts passed; web3 failed`, then a row for each batch and outcome; none for a step that happens on no hosts. */
export function hostRows(state: RunState, id: StepId): readonly HostRow[] {
  // A frame asks several times, and hosts may be hundreds.
  const kept = known.get(state) ?? new Map<StepId, readonly HostRow[]>();
  known.set(state, kept);
  const rows = kept.get(id) ?? rowsOf(state, id);
  kept.set(id, rows);
  return rows;
}

function rowsOf(state: RunState, id: StepId): readonly HostRow[] {
  const step = outlineOf(state.runbook).places.get(id)?.step;
  const found = step === undefined ? null : stepOnHosts(state, step, new Map());
  if (found === null) return [];
  const last = Math.max(...found.hosts.map(({ batch }) => batch));
  const groups = Map.groupBy(found.hosts, ({ batch, status }) => `${batch} ${status.word}`);
  const rows = [...groups.values()].flatMap((all) => rowOf(all, last));
  return [{ text: found.words, style: 'bold' }, ...rows];
}

const styles: Readonly<Record<Tone, Style>> = { good: 'good', bad: 'bad', warn: 'warn', quiet: 'dim', open: 'plain' };

function rowOf(all: readonly HostRecord[], last: number): readonly HostRow[] {
  const [one] = all;
  if (one === undefined) return [];
  const batch = last === 1 ? '' : `batch ${one.batch} of ${last}: `;
  const text = `${batch}${hostNames(all.map(({ host }) => host))} ${one.status.word}`;
  return [{ text, style: styles[one.status.tone] }];
}

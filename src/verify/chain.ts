/**
 * The journal: that it is whole and chained, how the copy in a report stands to the live one, and whether it is the one that a
 * posted line speaks of.
 *
 * Invariant: a journal that does not verify is nothing to compare with; whoever needs one is given none.
 */
import { JournalError } from '../journal/journal.ts';
import { judged } from '../journal/newer.ts';
import { verifyJournal } from '../journal/verify.ts';
import { counted } from '../report/words.ts';
import type { RunEvent } from '../run/event.ts';
import { writtenByNewer } from '../run/newer.ts';
import { reduceAll } from '../run/reduce.ts';
import type { RunState } from '../run/state.ts';
import type { ActionSpecs } from '../runbook/action-spec.ts';
import { sameBytes } from '../signing/wire.ts';
import type { Journals } from '../store/journals.ts';
import type { Checks } from './checks.ts';

/** A journal that verified, with the bytes of it that are records. */
export interface VerifiedRun {
  readonly run: string;
  readonly bytes: Uint8Array;
  readonly events: readonly RunEvent[];
  readonly state: RunState;
}

/** A line that was posted of a journal: its run, the number of its last record then, and the sha256 of that record. */
export interface HeadLine {
  readonly run: string;
  readonly seq: number;
  readonly sha256: string;
}

const newline = 10;

/** The journal in `bytes`, as that of `run`; null when it does not verify. `live`: it may end with a write that a crash cut off; `specs`: the actions that are known here. */
export function verifyChain(
  bytes: Uint8Array,
  run: string,
  { live, specs }: { readonly live: boolean; readonly specs: ActionSpecs },
  checks: Checks,
): VerifiedRun | null {
  try {
    const { events: read, head, goodBytes, tornBytes } = verifyJournal(bytes, run);
    const events = judged(read, specs);
    const state = reduceAll(events, run);
    const detail = `${counted(events.length, 'record')}, canonical and chained; head ${run} ${head.seq} ${head.sha256}`;
    // Nothing of what a crash cut off was ever acknowledged.
    if (tornBytes > 0 && !live) checks.add('journal', false, `it goes on for ${tornBytes} bytes after its last record`);
    else checks.add('journal', true, tornBytes > 0 ? `${detail}; a torn tail of ${tornBytes} bytes left out` : detail);
    const newer = writtenByNewer(state);
    if (newer !== null)
      checks.add('version', false, `${newer}: what it says is not checked; update gonogo to verify it`);
    return { run, bytes: bytes.subarray(0, goodBytes), events, state };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    checks.add('journal', false, error.message);
    return null;
  }
}

/** The journal of a report that was made here: how the live one begins; null when it is not. */
export function verifyPrefix(live: VerifiedRun, bytes: Uint8Array, checks: Checks): VerifiedRun | null {
  const events = live.events.slice(0, bytes.filter((byte) => byte === newline).length);
  const same = bytes.length <= live.bytes.length && sameBytes(bytes, live.bytes.subarray(0, bytes.length));
  if (!same || events.length === 0 || bytes.at(-1) !== newline) {
    checks.add('live', false, 'the journal in the report is not how the journal of this run begins');
    return null;
  }
  const later = live.events.length - events.length;
  const rest =
    later === 0 ? 'the report holds the whole journal' : `${counted(later, 'later record')} not in the report`;
  checks.add('live', true, rest);
  return { run: live.run, bytes, events, state: reduceAll(events, live.run) };
}

/** Whether the journal of the same run on this machine, where there is one, extends this one. */
export async function verifyLive(journals: Journals, { run, state }: VerifiedRun, checks: Checks): Promise<void> {
  try {
    const { events, head } = await journals.read(run);
    const at = state.head;
    if (events[at.seq - 1]?.sha256 !== at.sha256) {
      const detail = `the journal of this run on this machine (${head.seq} records) does not extend this one`;
      checks.add('live', false, detail);
      return;
    }
    const later = head.seq - at.seq;
    const extended = `the journal on this machine extends it by ${counted(later, 'record')}`;
    checks.add('live', true, later === 0 ? 'as the journal of this run on this machine' : extended);
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    // A machine that does not have the run has nothing to compare with.
    if (error.code !== 'not-found') checks.add('live', false, error.message);
  }
}

/** Whether the journal is the one that `line` was posted of, or extends it. */
export function verifyHead({ run, events, state }: VerifiedRun, line: HeadLine, checks: Checks): void {
  const found = events[line.seq - 1]?.sha256;
  const later = state.head.seq - line.seq;
  if (line.run !== run) checks.add('head', false, `the line is about run ${line.run}; this is run ${run}`);
  else if (found === undefined) {
    checks.add('head', false, `the line names record ${line.seq}; this journal ends with record ${state.head.seq}`);
  } else if (found !== line.sha256) {
    checks.add('head', false, `record ${line.seq} is not the one that the line names: this is another journal`);
  } else if (later === 0) checks.add('head', true, 'the journal is the one that the line names');
  else checks.add('head', true, `the journal extends the one that the line names by ${counted(later, 'record')}`);
}

/** The run that the first record names; what else it may be is found out by verifying it as that run's. */
export function runNamedIn(bytes: Uint8Array): string {
  const end = bytes.indexOf(newline);
  try {
    const record: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(0, Math.max(0, end))));
    if (typeof record === 'object' && record !== null && 'run' in record && typeof record.run === 'string')
      return record.run;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return 'unnamed';
}

/**
 * The journal: that it is whole and chained, how the copy in a report stands to the live one, and whether it is the one that a
 * posted line speaks of.
 *
 * Invariant: a journal that does not verify is nothing to compare with; whoever needs one is given none.
 */
import { createHash } from 'node:crypto';
import { JournalError } from '../journal/journal.ts';
import { counted } from '../report/words.ts';
import { writtenByNewer } from '../run/newer.ts';
import type { Journals } from '../store/journals.ts';
import type { Checks } from './checks.ts';
import type { ReadBytes, VerifiedRun } from './reading.ts';

/** A line that was posted of a journal: its run, the number of its last record then, and the sha256 of that record. */
export interface HeadLine {
  readonly run: string;
  readonly seq: number;
  readonly sha256: string;
}

/** Says whether what was read is a whole journal; null when it is not. `live`: it may end with a write that a crash cut off. */
export function verifyChain({ found }: ReadBytes, live: boolean, checks: Checks): VerifiedRun | null {
  if (typeof found === 'string') {
    checks.add('journal', false, found);
    return null;
  }
  const { run, state, records, tornBytes } = found;
  const detail = `${counted(records, 'record')}, canonical and chained; head ${run} ${records} ${state.head.sha256}`;
  // Nothing of what a crash cut off was ever acknowledged.
  if (tornBytes > 0 && !live) checks.add('journal', false, `it goes on for ${tornBytes} bytes after its last record`);
  else checks.add('journal', true, tornBytes > 0 ? `${detail}; a torn tail of ${tornBytes} bytes left out` : detail);
  const newer = writtenByNewer(state);
  if (newer !== null) checks.add('version', false, `${newer}: what it says is not checked; update gonogo to verify it`);
  return found;
}

/** The journal of a report that was made here: how the live one, whose bytes are `records`, begins; null when it is not. */
export async function verifyPrefix(
  live: VerifiedRun,
  records: AsyncIterable<Uint8Array>,
  { found: copy, bytes, sha256 }: ReadBytes,
  checks: Checks,
): Promise<VerifiedRun | null> {
  const whole = typeof copy === 'string' || copy.tornBytes > 0 ? null : copy;
  if (whole === null || sha256 !== (await digestOf(records, bytes))) {
    checks.add('live', false, 'the journal in the report is not how the journal of this run begins');
    return null;
  }
  const later = live.records - whole.records;
  const rest =
    later === 0 ? 'the report holds the whole journal' : `${counted(later, 'later record')} not in the report`;
  checks.add('live', true, rest);
  return whole;
}

/** The sha256 of the first `bytes` bytes of `chunks`; null where there are fewer. */
async function digestOf(chunks: AsyncIterable<Uint8Array>, bytes: number): Promise<string | null> {
  const hash = createHash('sha256');
  let left = bytes;
  for await (const chunk of chunks) {
    hash.update(chunk.subarray(0, left));
    left -= Math.min(left, chunk.length);
    if (left === 0) return hash.digest('hex');
  }
  return left === 0 ? hash.digest('hex') : null;
}

/** Whether the journal of the same run on this machine, where there is one, extends this one. */
export async function verifyLive(journals: Journals, { run, state }: VerifiedRun, checks: Checks): Promise<void> {
  try {
    const at = state.head;
    let found: string | null = null;
    const { head } = await journals.replay(run, ({ seq, sha256 }) => {
      if (seq === at.seq) found = sha256;
    });
    if (found !== at.sha256) {
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
export function verifyHead({ run, asked: found, state }: VerifiedRun, line: HeadLine, checks: Checks): void {
  const later = state.head.seq - line.seq;
  if (line.run !== run) checks.add('head', false, `the line is about run ${line.run}; this is run ${run}`);
  else if (found === null) {
    checks.add('head', false, `the line names record ${line.seq}; this journal ends with record ${state.head.seq}`);
  } else if (found !== line.sha256) {
    checks.add('head', false, `record ${line.seq} is not the one that the line names: this is another journal`);
  } else if (later === 0) checks.add('head', true, 'the journal is the one that the line names');
  else checks.add('head', true, `the journal extends the one that the line names by ${counted(later, 'record')}`);
}

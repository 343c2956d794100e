/** How an attempt on another machine ended, from what is kept of it here. */
import { join } from 'node:path';
import type { Files } from '../../host/host.ts';
import { keptOutput, outputNames } from '../local/output.ts';
import type { AttemptRef, Ending } from '../target.ts';
import type { Outcome } from './far-outcome.ts';

/** `folder`: of the attempt here, in which `outcome` was kept. */
export async function endingOf(
  files: Files,
  attempt: AttemptRef,
  folder: string,
  { exit, timedOut, lost, ms, left }: Outcome,
  tailBytesMax: number,
): Promise<Ending> {
  const how = { tailBytesMax, growing: null, lost };
  const output = await keptOutput(files, attempt, join(folder, outputNames.output), how);
  const errors = await keptOutput(files, attempt, join(folder, outputNames.errors), how);
  return {
    kind: 'exited',
    exit,
    timedOut,
    lost,
    ms,
    output: output ?? { evidence: null, tail: { start: 0, bytes: new Uint8Array(0), total: 0 } },
    errors,
    left,
  };
}

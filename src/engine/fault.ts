/** A fault of gonogo itself: a bug in what decides or records, not the failure of a step or of the world. */
import { wordsOf } from '../run/outcome.ts';
import { exitCodes } from './exit-code.ts';

/** What was recorded before it stands, and a later process goes on from there. The message names the run and what was thrown. */
export class GonogoFault extends Error {
  override readonly name = 'GonogoFault';
  readonly exitCode = exitCodes.fault;
  readonly run: string;
  constructor(run: string, cause: unknown) {
    super(`run ${run}: ${wordsOf(cause)}`, { cause });
    this.run = run;
  }
}

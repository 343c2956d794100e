/** What a run's state means to whoever started the command. Source: the exit codes of the command line. */
import type { RunState } from '../run/state.ts';

export const exitCodes = {
  done: 0,
  failed: 1,
  badInput: 2,
  waits: 3,
  held: 4,
  rollbackUnfinished: 5,
  /** A fault of gonogo itself. */
  fault: 70,
  interrupted: 130,
} as const;

/** An audit of its own is its verdict; the gates of a runbook were passed, or it would not be completed. */
function isNoGo(state: RunState): boolean {
  return state.runbook.kind === 'checklist' && state.verdicts.at(-1)?.data.verdict.verdict !== 'go';
}

/** 0 completed or go · 1 no-go, failed, abandoned or cleanly rolled back · 3 waits for a person · 4 another run holds its target · 5 waits, failed or was abandoned once a rollback had begun. */
export function exitCodeOf(state: RunState): number {
  switch (state.status) {
    case 'completed':
      return isNoGo(state) ? exitCodes.failed : exitCodes.done;
    case 'failed':
    case 'abandoned':
      return state.rollback === null ? exitCodes.failed : exitCodes.rollbackUnfinished;
    case 'rolled-back':
      return exitCodes.failed;
    case 'running':
    case 'paused': {
      // Nothing of it can go on before another run does.
      if (state.holding.claim?.kind === 'refused') return exitCodes.held;
      const rollingBack = state.rollback !== null || state.rollbackRequested !== null;
      if (rollingBack) return exitCodes.rollbackUnfinished;
      return state.paused?.reason === 'interrupted' ? exitCodes.interrupted : exitCodes.waits;
    }
  }
}

/** What a run's state means to whoever started the command. Source: the exit codes of the command line. */
import type { RunState } from '../run/state.ts';

export const exitCodes = {
  done: 0,
  failed: 1,
  badInput: 2,
  waits: 3,
  held: 4,
  rollbackUnfinished: 5,
  interrupted: 130,
} as const;

/** 0 completed · 1 failed, rolled back or abandoned · 3 waits for a person · 5 the same once a rollback had begun. */
export function exitCodeOf(state: RunState): number {
  switch (state.status) {
    case 'completed':
      return exitCodes.done;
    case 'rolled-back':
    case 'failed':
    case 'abandoned':
      return exitCodes.failed;
    case 'running':
    case 'paused': {
      const rollingBack = state.rollback !== null || state.rollbackRequested !== null;
      if (rollingBack) return exitCodes.rollbackUnfinished;
      return state.paused?.reason === 'interrupted' ? exitCodes.interrupted : exitCodes.waits;
    }
  }
}

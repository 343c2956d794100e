/** Says what is being read when that takes long and nobody sees a screen: a probe prints nothing, and may hang until its time is up. */
import type { Clock } from '../host/host.ts';
import { duration } from '../report/time.ts';
import { probeStep } from '../run/acting.ts';
import type { ProbeState } from '../run/state.ts';
import { probeText } from '../run/titles.ts';
import type { Session } from './session.ts';

/** After so long somebody wonders what is going on. */
const SLOW_MS = 3_000;

/** Tells `say` once of each probe that takes long, one line without break; returns what ends that. */
export function tellSlowProbes(session: Session, clock: Clock, say: (line: string) => void): () => void {
  const over = new AbortController();
  const told = new Set<number>();
  const isRead = (probe: ProbeState): boolean => {
    const now = session.activity();
    return now.kind === 'probing' && now.probe.startedSeq === probe.startedSeq;
  };
  const look = (): void => {
    const activity = session.activity();
    if (activity.kind !== 'probing' || told.has(activity.probe.startedSeq)) return;
    const { probe } = activity;
    told.add(probe.startedSeq);
    void clock.sleep(SLOW_MS, over.signal).then(() => {
      if (over.signal.aborted || !isRead(probe)) return;
      const limit = probeStep(session.state(), probe)?.timeoutMs;
      const end = limit === undefined ? '' : `; it is given up after ${duration(limit)}`;
      say(`still ${probeText(probe)}, for more than ${duration(SLOW_MS)} now${end}`);
    });
  };
  const stop = session.subscribe(look);
  look();
  return () => {
    stop();
    over.abort();
  };
}

/**
 * A run as somebody sees it who does not drive it: its state as its events come, and what it does or waits for, as far as events and a
 * look at its target tell.
 *
 * Invariants: nothing is written and nothing is begun; what is asked is derived by the rules that the driver goes by.
 */
import { actions } from '../actions/registry.ts';
import type { Activity } from '../engine/session.ts';
import { RunFeed } from '../feed/run-feed.ts';
import { decide } from '../run/decide.ts';
import { openAttempts } from '../run/standing.ts';
import type { RunState } from '../run/state.ts';
import type { World } from './world.ts';

export interface Watched {
  state(): RunState;
  /** `busy` without a step where it cannot be told. */
  activity(): Activity;
  /** Calls `listener` after every event; returns what ends that. */
  subscribe(listener: () => void): () => void;
  /** Resolves when the run has ended or `signal` is aborted; rejects when its journal cannot be read any more. */
  follow(signal: AbortSignal): Promise<void>;
}

/** Begins to watch from `state` on. `name`: under which others see it. */
export function watchRun(world: World, state: RunState, name: string): Watched {
  const feed = new RunFeed(world.journals, state);
  return {
    ...watchFeed(world, feed),
    follow: async (signal) => {
      const over = new AbortController();
      const seen = world.journals.watch(state.id, name, AbortSignal.any([signal, over.signal]));
      await feed.follow(signal).finally(() => over.abort());
      await seen;
    },
  };
}

/** The same of a run that is followed already, seen by nobody. */
export function watchFeed(world: World, feed: RunFeed): Watched {
  return {
    state: () => feed.state(),
    activity: () => activityOf(world, feed.state()),
    subscribe: (listener) => feed.subscribe(() => listener()),
    follow: (signal) => feed.follow(signal),
  };
}

function activityOf({ host }: World, state: RunState): Activity {
  if (state.endedAt !== null) return { kind: 'ended' };
  const [running] = openAttempts(state);
  const { question, others, ongoing, wakeAt, probes } = decide(state, {
    specs: actions,
    now: host.clock.now(),
    guided: true,
    arrivals: new Set(),
    // Whether the driver holds a secret cannot be seen from here.
    held: new Set(Object.keys(state.runbook.vars)),
    unavailable: new Map(),
    terminal: true,
    previous: new Map(),
    bootId: host.machine.bootId,
  });
  if (ongoing.length > 0 && running !== undefined) return { kind: 'busy', step: running.step, since: running.since };
  if (question !== null) return { kind: 'waiting', question, others };
  const last = state.startedOrder.findLast((id) => state.steps.get(id)?.visits.at(-1)?.status === 'running');
  if (wakeAt !== null && last !== undefined) return { kind: 'retrying', step: last, until: wakeAt };
  const [probe] = probes;
  if (probe !== undefined && state.status !== 'paused') return { kind: 'probing', probe };
  return { kind: 'busy', step: null, since: state.head.at };
}

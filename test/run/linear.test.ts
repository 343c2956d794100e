/** That the state of a long run is made in time that grows as its events do, whatever they are. */
import { expect, test } from 'vitest';
import type { EventDraft, RunEvent } from '../../src/run/event.ts';
import { Replay, reduceAll } from '../../src/run/reduce.ts';
import { note, started } from '../journal/drafts.ts';
import { operator, runbook, step } from './play.ts';

const [few, factor] = [4000, 16];
const engine = { via: 'engine', name: 'gonogo' } as const;
const at = { step: 'poll' } as const;

function begun(): EventDraft {
  const first = started();
  if (first.type !== 'run.started') throw new Error('a run begins with run.started');
  return { ...first, data: { ...first.data, runbook: runbook([step('poll')]) } };
}

function begins(visit: number, attempt: number): EventDraft {
  const data = { ...at, visit, attempt, folder: `steps/001-poll/${attempt}`, bootId: 'boot' };
  return { type: 'step.started', actor: engine, data };
}

function ends(visit: number, attempt: number): EventDraft {
  const told = { ok: false, reason: 'no', exit: 1, status: null, ms: 1, expectations: [], evidence: [], gaveUp: false };
  return { type: 'attempt.ended', actor: engine, data: { ...at, visit, attempt, ...told } };
}

/** What a run can have very many of: number of it → events. */
const long: Readonly<Record<string, (number: number) => readonly EventDraft[]>> = {
  notes: (number) => [note(`seen ${number}`)],
  resumes: () => [
    {
      type: 'run.resumed',
      actor: operator,
      data: { operator: 'ada', hostname: 'here', bootId: 'boot', version: '0.1.0' },
    },
  ],
  'values of a variable': (number) => [
    { type: 'variable.set', actor: engine, data: { name: 'v', value: `${number}`, source: 'capture', step: 'poll' } },
  ],
  'looks at the target': () => [{ type: 'target.read', actor: engine, data: { identity: 'db-2', ok: true } }],
  'visits of a step': (number) => [
    begins(number, number),
    ends(number, number),
    { type: 'step.passed', actor: engine, data: { ...at, visit: number } },
  ],
  'attempts of a visit': (number) => [begins(1, number), ends(1, number)],
};

function history(kind: string, count: number): readonly RunEvent[] {
  const drafts = [begun(), ...Array.from({ length: count }, (_, index) => long[kind]?.(index + 1) ?? []).flat()];
  return drafts.map((draft, index) => ({ ...draft, seq: index + 1, at: index, sha256: '' }));
}

/** The least time that `times` readings of `events` took of three tries. What else runs on the machine is not counted. */
function cpuOf(events: readonly RunEvent[], times: number): number {
  const tries = Array.from({ length: 3 }, () => {
    const before = process.cpuUsage();
    for (let time = 0; time < times; time += 1) reduceAll(events, 'r');
    const { user, system } = process.cpuUsage(before);
    return user + system;
  });
  return Math.min(...tries);
}

test.each(Object.keys(long))('%s: a run of sixteen times as many takes as long as sixteen runs', (kind) => {
  const ratio = cpuOf(history(kind, few * factor), 1) / cpuOf(history(kind, few), factor);
  // Copied lists would make it 16.
  expect(ratio).toBeLessThan(5);
});

test('a state that was read stays what it was while later events come', () => {
  const replay = new Replay('r');
  const seen = history('visits of a step', 80).map((event) => {
    replay.take(event);
    const { state } = replay;
    return { state, text: JSON.stringify([...state.steps]) };
  });
  for (const { state, text } of seen) expect(JSON.stringify([...state.steps])).toBe(text);
});

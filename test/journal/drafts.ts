/** Events to write. Kept apart from the test runner, so that processes started by tests can write them too. */
import type { Actor, EventDraft } from '../../src/run/event.ts';
import type { Step } from '../../src/runbook/document.ts';

const actor: Actor = { via: 'engine', name: 'gonogo' };

const step: Step = {
  action: 'run',
  params: { script: 'echo "ä\t\\ud800 \u2028"' },
  summary: 'echo',
  effect: 'once',
  expect: [],
  capture: {},
  env: {},
  id: 'build',
  title: 'Build',
  undo: { kind: 'none' },
  onFail: 'ask',
  danger: false,
  tty: false,
  roles: [],
  bindings: {},
  flow: 'leaf',
  blocks: [],
};

export function started(title = 'Release'): EventDraft {
  const document = { path: 'release.yaml', sha256: 'a'.repeat(64) };
  return {
    type: 'run.started',
    actor,
    data: {
      runbook: {
        kind: 'runbook',
        title,
        vars: {},
        phases: [{ id: 'deploy', title: 'Deploy', steps: [step] }],
        rollback: { triggers: [], steps: [] },
        report: { success: [], sections: [] },
        documents: [document],
      },
      sha256: 'b'.repeat(64),
      documents: [document],
      vars: { '10': 'ten', '9': 'nine', name: 'naïve 🚀' },
      sources: {},
      cwd: '/srv',
      environment: {},
      operator: 'ana',
      hostname: 'here',
      bootId: 'boot',
      version: '0.1.0',
    },
  };
}

/** The start of a run that holds its target, `shop`. */
export function holdingStart(): EventDraft {
  const first = started();
  if (first.type !== 'run.started') throw new Error('a run begins with run.started');
  const { data } = first;
  const { action, params, summary, effect, expect, capture, env } = step;
  const identity = { action, params, summary, effect, expect, capture, env };
  const runbook = { ...data.runbook, target: { name: 'shop', identity } };
  return { ...first, data: { ...data, runbook, holds: true } };
}

/** `target` is this run's now. */
export function holdTaken(target: { readonly name: string; readonly identity: string }): EventDraft {
  return { type: 'hold.taken', actor, data: { step: 'build', visit: 1, ...target, newer: [], owed: [] } };
}

export function note(text: string, inbox?: string): EventDraft {
  return { type: 'note.added', actor, data: inbox === undefined ? { text } : { text, inbox } };
}

/** The events of the step `build` from start to pass. */
export function passed(): readonly EventDraft[] {
  const at = { step: 'build', visit: 1 };
  return [
    { type: 'step.started', actor, data: { ...at, attempt: 1, folder: 'steps/001-build/1', bootId: 'boot' } },
    {
      type: 'attempt.ended',
      actor,
      data: {
        ...at,
        attempt: 1,
        ok: true,
        reason: null,
        exit: 0,
        status: null,
        ms: 12,
        expectations: [{ source: 'exit == 0', ok: true, detail: 'exit = 0' }],
        evidence: [{ path: 'steps/001-build/1/output.log', bytes: 5, sha256: 'c'.repeat(64) }],
        gaveUp: false,
      },
    },
    { type: 'step.passed', actor, data: at },
  ];
}

export function ended(): EventDraft {
  return { type: 'run.ended', actor, data: { status: 'completed', reason: 'every step passed' } };
}

/** Plays a runbook on the pure core: no disk, no process; every outcome is given by the test. */
import { actions } from '../../src/actions/registry.ts';
import type { Circumstances } from '../../src/run/circumstances.ts';
import { decide } from '../../src/run/decide.ts';
import type { Decision } from '../../src/run/decision.ts';
import type { Actor, EventDraft, RunEvent } from '../../src/run/event.ts';
import type { Answer } from '../../src/run/question.ts';
import { reduce } from '../../src/run/reduce.ts';
import { requestRollback, respond } from '../../src/run/respond.ts';
import { newestRules } from '../../src/run/rules.ts';
import type { RunState } from '../../src/run/state.ts';
import type { Body, Phase, Runbook, Step } from '../../src/runbook/document.ts';

export const operator: Actor = { via: 'terminal', name: 'ada' };

export function body(action: string, params: Body['params'], more: Partial<Body> = {}): Body {
  const spec = actions.get(action);
  if (spec === undefined) throw new Error(`no action ${action}`);
  return {
    action,
    params,
    summary: spec.summary(params),
    effect: spec.effect(params),
    expect: [],
    capture: {},
    env: {},
    ...more,
  };
}

export function step(id: string, more: Partial<Step> = {}, action = 'run'): Step {
  const params = action === 'run' || action === 'check' ? { script: `echo ${id}` } : paramsOf(action, id);
  return {
    ...body(action, params),
    id,
    title: id,
    undo: { kind: 'none' },
    onFail: 'ask',
    danger: false,
    tty: false,
    roles: [],
    bindings: {},
    flow: 'leaf',
    blocks: [],
    ...more,
  };
}

function paramsOf(action: string, id: string): Body['params'] {
  switch (action) {
    case 'approve':
      return { from: ['lead'], count: 1, signed: false };
    case 'choose':
      return { question: `which ${id}?`, options: [{ label: 'x' }] };
    case 'parallel':
    case 'steps':
      return { steps: 2 };
    default:
      return { instructions: `do ${id}` };
  }
}

export function undo(id: string): Step['undo'] {
  return { kind: 'bodies', bodies: [body('run', { script: `echo undo ${id}` })] };
}

export function runbook(steps: readonly Step[], more: Partial<Runbook> = {}): Runbook {
  const phases: Phase[] = [{ id: 'deploy', title: 'Deploy', steps: [...steps] }];
  return {
    kind: 'runbook',
    title: 'Test',
    vars: {},
    phases,
    rollback: { triggers: [], steps: [] },
    report: { success: [], sections: [] },
    documents: [{ path: 'test.yaml', sha256: '00' }],
    ...more,
  };
}

export class Play {
  state: RunState;
  readonly events: RunEvent[] = [];
  decision: Decision;
  now = 1000;
  guided = false;
  arrivals = new Set<string>();
  earlier: Circumstances['earlier'] = new Map();

  constructor(
    document: Runbook,
    options: {
      guided?: boolean;
      arrivals?: string[];
      vars?: Record<string, string>;
      holds?: boolean;
      rules?: number;
      renderer?: number;
    } = {},
  ) {
    this.guided = options.guided ?? false;
    this.arrivals = new Set(options.arrivals ?? []);
    const first: EventDraft = {
      type: 'run.started',
      actor: operator,
      data: {
        runbook: document,
        sha256: '00',
        documents: [],
        vars: options.vars ?? {},
        sources: {},
        cwd: '/',
        environment: {},
        operator: 'ada',
        hostname: 'here',
        bootId: 'boot',
        version: '0',
        rules: options.rules ?? newestRules,
        ...(options.renderer === undefined ? {} : { renderer: options.renderer }),
        ...(options.holds === true ? { holds: true } : {}),
      },
    };
    this.state = reduce(null, this.#place(first, 1), 'r');
    this.decision = this.#settle();
  }

  #place(draft: EventDraft, seq: number): RunEvent {
    const event = { ...draft, seq, at: this.now, sha256: `sum${seq}` };
    this.events.push(event);
    return event;
  }

  append(...drafts: EventDraft[]): this {
    for (const draft of drafts) this.state = reduce(this.state, this.#place(draft, this.state.head.seq + 1), 'r');
    this.decision = this.#settle();
    return this;
  }

  #settle(): Decision {
    for (let round = 0; round < 1000; round += 1) {
      const decision = decide(this.state, {
        specs: actions,
        now: this.now,
        guided: this.guided,
        arrivals: this.arrivals,
        held: new Set(),
        unavailable: new Map(),
        terminal: false,
        previous: new Map(),
        earlier: this.earlier ?? new Map(),
        bootId: 'boot',
      });
      if (decision.events.length === 0) return decision;
      for (const draft of decision.events) {
        this.state = reduce(this.state, this.#place(draft, this.state.head.seq + 1), 'r');
      }
    }
    throw new Error('the decisions never come to rest');
  }

  /** Ends the running attempt of `id`. */
  end(id: string, ok = true, more: { gaveUp?: boolean; reason?: string; lastLines?: string[] } = {}): this {
    const visit = this.state.steps.get(id)?.visits.at(-1);
    const attempt = visit?.attempts.at(-1);
    if (visit === undefined || attempt?.status !== 'started') throw new Error(`${id} does not run`);
    return this.append({
      type: 'attempt.ended',
      actor: operator,
      data: {
        step: id,
        visit: visit.visit,
        attempt: attempt.attempt,
        ok,
        reason: ok ? null : (more.reason ?? 'exit 1'),
        exit: ok ? 0 : 1,
        status: null,
        ms: 5,
        expectations: [],
        evidence: [{ path: `${attempt.folder}/output.log`, bytes: 0, sha256: 'e3b0c442'.padEnd(64, '0') }],
        gaveUp: more.gaveUp ?? false,
        ...(more.lastLines === undefined ? {} : { lastLines: more.lastLines }),
      },
    });
  }

  doubt(id: string): this {
    const visit = this.state.steps.get(id)?.visits.at(-1);
    const attempt = visit?.attempts.at(-1)?.attempt ?? 0;
    return this.append({
      type: 'attempt.in_doubt',
      actor: operator,
      data: { step: id, visit: visit?.visit ?? 0, attempt, reason: 'lost' },
    });
  }

  answer(answer: Answer): this {
    const { question } = this.decision;
    if (question === null) throw new Error('nothing is asked');
    const response = respond(this.state, question, answer, operator, this.now);
    if (!response.ok) throw new Error(response.message);
    return this.append(...response.events);
  }

  rollback(reason = 'because'): this {
    const response = requestRollback(this.state, this.decision.question, reason, operator);
    if (!response.ok) throw new Error(response.message);
    return this.append(...response.events);
  }

  wait(ms: number): this {
    this.now += ms;
    return this.append();
  }

  /** Ids that run now, in order of start. */
  running(): string[] {
    return this.decision.ongoing.map(({ step: id }) => id);
  }

  status(id: string): string {
    return this.state.steps.get(id)?.visits.at(-1)?.status ?? 'pending';
  }

  started(): string[] {
    return this.events.flatMap((event) => (event.type === 'step.started' ? [event.data.step] : []));
  }
}

/**
 * Long runs, as a driver would have recorded them, without their commands: every event is one that the rules cause or that the world
 * may have told, so that the run verifies.
 */
import { hash } from 'node:crypto';
import { actions } from '../../src/actions/registry.ts';
import { createRealHost } from '../../src/host/real-host.ts';
import { decide } from '../../src/run/decide.ts';
import type { Actor, EventDraft, RunEvent } from '../../src/run/event.ts';
import { reduce } from '../../src/run/reduce.ts';
import type { RunState } from '../../src/run/state.ts';
import type { Runbook } from '../../src/runbook/document.ts';
import { parseDocument } from '../../src/runbook/parse.ts';
import { canonicalBytes } from '../../src/signing/canonical.ts';
import { createJournals } from '../../src/store/folder/journals.ts';
import type { Journal } from '../../src/store/journals.ts';

/** What a long run has: steps that pass one after the other, then as many pauses, each told in as many characters. */
export interface LongRun {
  readonly steps: number;
  readonly pauses: number;
  readonly pauseCharacters: number;
  /** Notes of as many characters, after the pauses. */
  readonly notes?: number;
}

const batch = 2000;
const expected = { source: 'exit == 0', ok: true, detail: 'exit = 0' };
const engine: Actor = { via: 'engine', name: 'gonogo' };
const operator: Actor = { via: 'terminal', name: 'ada' };
const boot = { operator: 'ada', hostname: 'here', bootId: 'boot', version: '0.1.0' };

/** A runbook of so many steps. */
export function longText(steps: number): string {
  const lines = Array.from({ length: steps }, (_, index) => `    - id: s${index + 1}\n      run: echo ${index + 1}\n`);
  return `runbook: Long\nphases:\n  deploy:\n${lines.join('')}    - id: end\n      manual: Look.\n`;
}

/** Makes the run in the state folder `state`; its id. It waits for a person at its last step. */
export async function makeLongRun(
  state: string,
  { steps, pauses, pauseCharacters, notes = 0 }: LongRun,
): Promise<string> {
  const text = longText(steps);
  const sha256 = hash('sha256', text, 'hex');
  const source = { path: 'long.yaml', sha256, text };
  const { runbook } = parseDocument(source, () => ({ kind: 'problem', message: 'none', hint: '' }), actions);
  if (runbook === null) throw new Error('the long runbook does not compile');
  const journals = await createJournals(await createRealHost(), state, actions);
  const pinned = [{ sha256, bytes: new TextEncoder().encode(text) }];
  const journal = await journals.create('long', pinned, [started(runbook)]);
  const writer = new Writer(journal);
  for (let round = 0; round < steps; round += 1) await writer.passes();
  await writer.settles();
  const waiting = 'w'.repeat(pauseCharacters);
  for (let pause = 0; pause < pauses; pause += 1) {
    await writer.append({ type: 'run.paused', actor: operator, data: { reason: 'asked', waiting } });
    await writer.append({ type: 'run.resumed', actor: operator, data: boot });
  }
  for (let note = 0; note < notes; note += 1) {
    await writer.append({ type: 'note.added', actor: operator, data: { text: `${note} ${waiting}` } });
  }
  await writer.flush();
  await journal.close();
  return journal.id;
}

function started(runbook: Runbook): EventDraft {
  const documents = [...runbook.documents];
  const sha256 = hash('sha256', canonicalBytes(documents), 'hex');
  const { operator: name, ...machine } = boot;
  const data = {
    runbook,
    sha256,
    documents,
    vars: {},
    sources: {},
    cwd: '/',
    environment: {},
    operator: name,
    ...machine,
  };
  return { type: 'run.started', actor: operator, data };
}

/** Appends in large writes, and knows the state without waiting for them. */
class Writer {
  readonly #journal: Journal;
  #state: RunState;
  #waiting: EventDraft[] = [];
  #bytes = 0;

  constructor(journal: Journal) {
    this.#journal = journal;
    this.#state = journal.events.reduce<RunState | null>(stateAfter(journal.id), null) ?? fail();
  }

  async append(draft: EventDraft): Promise<void> {
    const { seq, at } = this.#state.head;
    this.#state = reduce(this.#state, { ...draft, seq: seq + 1, at, sha256: '' }, this.#state.id);
    this.#waiting.push(draft);
    this.#bytes += JSON.stringify(draft).length;
    if (this.#waiting.length >= batch || this.#bytes > 16 * 1024 * 1024) await this.flush();
  }

  async flush(): Promise<void> {
    await this.#journal.append(this.#waiting);
    this.#waiting = [];
    this.#bytes = 0;
  }

  /** Everything that the rules cause now. */
  async settles(): Promise<RunState> {
    for (;;) {
      const now = { specs: actions, now: this.#state.head.at, guided: false, arrivals: new Set<string>() };
      const rest = {
        held: new Set<string>(),
        unavailable: new Map(),
        terminal: false,
        previous: new Map(),
        bootId: 'boot',
      };
      const { events } = decide(this.#state, { ...now, ...rest });
      if (events.length === 0) return this.#state;
      for (const draft of events) await this.append(draft);
    }
  }

  /** The step that runs next, from its start to its end. */
  async passes(): Promise<void> {
    const state = await this.settles();
    const step = state.startedOrder.at(-1) ?? fail();
    const attempt = state.steps.get(step)?.visits.at(-1)?.attempts.at(-1) ?? fail();
    const at = { step, visit: 1, attempt: attempt.attempt };
    const told = {
      ok: true,
      reason: null,
      exit: 0,
      status: null,
      ms: 41,
      expectations: [expected],
      evidence: [],
      gaveUp: false,
    };
    await this.append({ type: 'attempt.ended', actor: engine, data: { ...at, ...told } });
  }
}

function stateAfter(id: string): (state: RunState | null, event: RunEvent) => RunState {
  return (state, event) => reduce(state, event, id);
}

function fail(): never {
  throw new Error('the long run cannot go on');
}

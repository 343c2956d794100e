/** Generated runbooks, and an operator who always decides alike, so that an interrupted run must end like an uninterrupted one. */
import { outlineOf } from '../../src/run/outline.ts';
import type { Answer, Question } from '../../src/run/question.ts';
import { capturedBy } from '../../src/run/response.ts';
import type { RunState } from '../../src/run/state.ts';
import { type Hook, hookStates, type Runbook, type Step } from '../../src/runbook/document.ts';
import { body, runbook, step } from '../run/play.ts';
import { Dice, type Script, type World } from './world.ts';

const script = (value: Script) => ({ script: JSON.stringify(value) });
const change = (value: Script) => body('run', script(value));
const look = (value: Script) => body('check', script(value));

interface Making {
  readonly dice: Dice;
  next: number;
}

/** Stories of these seeds and above happen on hosts too. */
export const seedsOnHosts = 1_000_000;

/** A runbook of every kind of step that a crash could hurt. */
export function generate(seed: number): Runbook {
  const making: Making = { dice: new Dice(seed), next: 0 };
  const { dice } = making;
  const own = Array.from({ length: 3 + dice.below(4) }, () => element(making, true)).flat();
  const steps = seed < seedsOnHosts ? own : [spread(making), ...own.slice(0, 2), block(making)];
  // Half of the stories end in a rollback.
  if (dice.chance(0.5)) {
    steps.push({ ...named(making, 'fails'), ...change({ exits: [1], ms: 3 }), onFail: 'rollback' });
  }
  const tail = dice.chance(0.5) ? [{ ...named(making, 'after'), ...change({ effect: 'after' }) }] : [];
  const target = { name: 'the sim', identity: look({ output: 'sim' }) };
  return runbook(steps, {
    vars: { seen: { type: 'string', secret: false }, asked: { type: 'string', secret: false, ask: 'What?' } },
    rollback: { triggers: [], steps: tail },
    ...(seed < seedsOnHosts ? {} : { hosts: { web: ['a', 'b', 'c'] } }),
    ...(dice.chance(0.2) ? { target } : {}),
    ...(dice.chance(0.3) ? { hooks: hookStates.flatMap((on) => hooksOf(on)) } : {}),
    ...(dice.chance(0.3) ? { change: released } : {}),
  });
}

/** What a story changes: on record before the first step that changes something, once however often it is begun anew. */
const released = {
  ticket: 'CHG-1',
  requester: 'rita',
  artefacts: [{ name: 'app.tar', sha256: `sha256:${'0f'.repeat(32)}` }],
};

/** What only looks: a hook that dies with its process is not called again. */
function hooksOf(on: Hook['on']): readonly Hook[] {
  const hook = (name: string, value: Script): Hook => ({ id: `${on}_${name}`, title: name, on, body: look(value) });
  return [hook('tells', { ms: 5 }), hook('fails', { exits: [1], ms: 2 })];
}

function named(making: Making, kind: string): Step {
  making.next += 1;
  return step(`${kind}${making.next}`);
}

/** Elements of a list; those that stand in another element come first and are no lists of their own. */
const elements: readonly ((making: Making) => readonly Step[])[] = [
  (making) => [changing(making)],
  (making) => [changing(making)],
  (making) => [
    { ...named(making, 'flaky'), ...look({ exits: [1, 0], ms: 2 }), retry: { times: 4, everyMs: 50, passes: 1 } },
  ],
  (making) => [alreadyDone(making)],
  (making) => [seeing(making)],
  (making) => [parallel(making)],
  (making) => [sequence(making, true)],
  (making) => [asking(making)],
  loop,
  decided,
  (making) => [copies(making)],
  (making) => [choice(making)],
  (making) => [{ ...step(`go${making.next++}`, {}, 'approve') }],
  (making) => [retried(making), { ...step(`hand${making.next++}`, {}, 'manual') }],
  jump,
  owing,
  (making) => [gate(making)],
  (making) => [{ ...changing(making), danger: true }],
  thoughtBetter,
  (making) => [neverSeen(making)],
];
const nestedMax = 5;

function element(making: Making, nest: boolean): readonly Step[] {
  const make = elements[making.dice.below(nest ? elements.length : nestedMax)];
  return make === undefined ? [] : make(making);
}

function alreadyDone(making: Making): Step {
  const made = named(making, 'done');
  return {
    ...made,
    ...change({ effect: made.id, ms: 1 + making.dice.below(40) }),
    doneWhen: look({ holds: made.id }),
    undo: { kind: 'bodies', bodies: [change({ effect: `undo ${made.id}` })] },
  };
}

/** What it prints is a variable afterwards. */
function seeing(making: Making): Step {
  const made = named(making, 'sees');
  return { ...made, ...look({ output: `seen by ${made.id}` }), capture: { seen: 'stdout' } };
}

/** A question to a person, whose answer is a variable afterwards. */
function asking(making: Making): Step {
  return { ...named(making, 'asks'), ...body('ask', { question: 'Who?' }), capture: { seen: 'answered' } };
}

/** It looks in vain, and whoever skips it says what it would have seen. */
function neverSeen(making: Making): Step {
  return { ...named(making, 'blind'), ...look({ exits: [1], ms: 2 }), capture: { seen: 'stdout' } };
}

/** Steps that whoever starts the run leaves out: now and then the last change that stands in no list. */
export function leftOut(runbook: Runbook, seed: number): readonly string[] {
  const changes = runbook.phases.flatMap(({ steps }) => steps).filter(({ id }) => id.startsWith('change'));
  const last = changes.at(-1)?.id;
  return last === undefined || seed % 3 !== 0 ? [] : [last];
}

/** A forward jump over a step that is then not taken. */
function jump(making: Making): readonly Step[] {
  const [over, more, target] = [changing(making), changing(making), changing(making)];
  const blocks = [{ label: 'on', goto: target.id, steps: [] }];
  return [step(`jump${making.next++}`, { flow: 'choose', blocks }, 'choose'), over, more, target];
}

/** A debt, settled by a later step or by nobody. */
function owing(making: Making): readonly Step[] {
  const debtor = making.dice.chance(0.5) ? changing(making) : step(`hand${making.next++}`, {}, 'manual');
  const settler = making.dice.chance(0.5) ? [{ ...changing(making), settles: debtor.id }] : [];
  return [{ ...debtor, owes: `clean up after ${debtor.id}` }, ...settler];
}

/** Somebody who stands at a step by hand has what came before it done again, and corrects what was asked for. */
function thoughtBetter(making: Making): readonly Step[] {
  const { dice } = making;
  const before = dice.chance(0.5) ? sequence(making, false) : changing(making);
  return [before, step(`again${making.next++}`, {}, 'manual'), ...(dice.chance(0.5) ? [changing(making)] : [])];
}

/** What the operator decides beside what is asked, once: `redo` a step, `correct` a variable; null: nothing more. */
export type Aside =
  | { readonly kind: 'redo'; readonly step: string }
  | { readonly kind: 'correct'; readonly name: string; readonly value: string };

/** What is decided before `question` is answered. */
export function decideAside(state: RunState, question: Question): Aside | null {
  if (question.kind !== 'manual' || !question.step.startsWith('again')) return null;
  const place = outlineOf(state.runbook).places.get(question.step);
  const before = place?.list[place.index - 1]?.id;
  if (before !== undefined && !state.reopenings.some(({ step: of }) => of === before))
    return { kind: 'redo', step: before };
  const corrected = state.corrections.some(({ name }) => name === 'asked');
  return corrected ? null : { kind: 'correct', name: 'asked', value: 'forty-three' };
}

/** A checklist with an item that looks and one that a person answers. */
function gate(making: Making): Step {
  const id = `ready${making.next++}`;
  const item = (name: string, body: Partial<Step>): Step => ({
    ...step(`${id}_${name}`),
    ...body,
    item: { category: 'all', severity: 'high', requires: [] },
  });
  const blocks = [
    {
      label: 'All',
      steps: [item('looks', look({ ms: 2 })), item('asks', { ...body('manual', { instructions: 'Is it so?' }) })],
    },
  ];
  const checklist = { title: id, path: 'list.yaml', scale: 10, categories: [{ id: 'all', title: 'All', weight: '1' }] };
  return step(id, { flow: 'checklist', blocks, checklist, effect: 'gate' }, 'checklist');
}

function changing(making: Making): Step {
  const { dice } = making;
  const made = named(making, 'change');
  const undo = change({ effect: `undo ${made.id}`, ms: dice.below(20) });
  return {
    ...made,
    ...change({
      effect: made.id,
      // Now and then long enough that the inbox is looked at meanwhile.
      ms: dice.chance(0.1) ? 700 : dice.below(60),
      ...(dice.chance(0.2) ? { sends: `after ${made.id}` } : {}),
    }),
    undo: dice.chance(0.7) ? { kind: 'bodies', bodies: [undo] } : { kind: 'none' },
  };
}

/** Fails once and is retried by the operator. */
function retried(making: Making): Step {
  const made = named(making, 'retried');
  return { ...made, ...change({ effect: made.id, exits: [1, 0] }) };
}

/** Branches, some of them sequences; now and then fewer at once than there are. */
function parallel(making: Making): Step {
  const { dice } = making;
  const branch = (): Step => (dice.chance(0.3) ? sequence(making, false) : changing(making));
  const inner = Array.from({ length: 2 + dice.below(2) }, branch);
  const params = dice.chance(0.3) ? { steps: inner.length, at_most: 1 } : { steps: inner.length };
  const own = { flow: 'parallel', blocks: [{ label: '', steps: inner }], params } as const;
  return { ...step(`both${making.next++}`, own, 'parallel') };
}

/** Steps in their order; `loops`: the last of them goes back to the first. */
function sequence(making: Making, loops: boolean): Step {
  const inner = loops ? loop(making) : [changing(making), changing(making)];
  return step(`seq${making.next++}`, { flow: 'steps', blocks: [{ label: '', steps: inner }] }, 'steps');
}

function loop(making: Making): readonly Step[] {
  const first = changing(making);
  const blocks = [
    { label: 'again', goto: first.id, steps: [] },
    { label: 'on', steps: [] },
  ];
  return [first, step(`loop${making.next++}`, { flow: 'choose', blocks }, 'choose')];
}

/** Copies over a list that is known as the run comes by: each sees something of its own, and changes something. */
function copies(making: Making): Step {
  const id = `each${making.next++}`;
  const inner = changing(making);
  const sees = { ...step(`${id}_sees_N1`), ...look({ output: 'seen by a copy' }), capture: { own: 'stdout' } };
  const blocks = [{ label: '', steps: [sees, renamed(inner, `${inner.id}_N1`)] }];
  const pattern = step(`${id}_N1`, { flow: 'steps', blocks }, 'steps');
  const lists = [{ name: 'host', values: '["a", "b"]' }];
  const each = { lists, multiply: false, gather: { seen: 'own' }, mark: '_N1', pattern };
  return { ...step(id, { flow: 'each', each, effect: 'read', params: {}, action: 'each' }), summary: 'copies' };
}

/** A change on three hosts, of which the first goes ahead. `within`: on those of the step around. */
function spread(making: Making, within?: string): Step {
  const inner = changing(making);
  const mark = `_N${making.next}`;
  const on = { hosts: ['web'], batches: ['1', 'rest'], stopAfter: '1', atOnce: 2, order: 'given' } as const;
  const each = { lists: [], multiply: false, gather: {}, mark, pattern: renamed(inner, `${inner.id}${mark}`) };
  return {
    ...step(inner.id, { flow: 'each', each, effect: 'read', params: {}, action: 'each' }),
    summary: 'on web',
    on: { ...on, hosts: [...on.hosts], batches: [...on.batches], ...(within === undefined ? {} : { within }) },
  };
}

/** Two changes on the hosts of one batch, then on those of the next. */
function block(making: Making): Step {
  const id = `roll${making.next++}`;
  const blocks = [{ label: '', steps: [spread(making, id), spread(making, id)] }];
  const on = { hosts: ['web'], batches: ['1', '2'], stopAfter: '1', atOnce: 8, order: 'reverse' } as const;
  return {
    ...step(id, { flow: 'steps', blocks }, 'steps'),
    on: { ...on, hosts: [...on.hosts], batches: [...on.batches] },
  };
}

/** The same step under another id; its effect stays, so each copy has it once more. */
function renamed(made: Step, id: string): Step {
  return { ...made, id, title: id };
}

/** A loop that needs nobody. */
function decided(making: Making): readonly Step[] {
  const first = changing(making);
  const options = [
    { label: 'again', when: `steps.${first.id}.visits < 3`, goto: first.id },
    { label: 'on', steps: [] },
  ];
  const blocks = options.map((option) => ({ steps: [], ...option }));
  const params = { decide: 'when', options: options.map(({ label }) => ({ label })) };
  const own = { flow: 'choose', blocks, params, effect: 'read', capture: { seen: 'label' } } as const;
  return [first, step(`turns${making.next++}`, own, 'choose')];
}

function choice(making: Making): Step {
  const blocks = ['left', 'right'].map((label) => ({ label, steps: [...element(making, false)] }));
  return step(`pick${making.next++}`, { flow: 'choose', blocks }, 'choose');
}

/** What the operator answers: the same question in the same place gets the same answer, and doubt the truth. */
export function decideAsOperator(world: World, folder: string, state: RunState, question: Question): Answer {
  switch (question.kind) {
    case 'variable':
    case 'ask':
      return { kind: 'value', value: 'forty-two' };
    case 'manual':
      return { kind: 'done', note: 'by hand' };
    case 'approve':
      return { kind: 'approve', by: `lead ${question.given.length}` };
    case 'choose': {
      const [first, ...others] = question.options.map((option) => option.label);
      if (first === 'again') return { kind: 'choose', label: question.visit < 3 ? 'again' : 'on' };
      return { kind: 'choose', label: others.length === 0 ? (first ?? '') : choiceOf(question.step) };
    }
    case 'failure': {
      // Each host by itself: what helps one that could not be reached would do another's change once more.
      const [host] = question.hosts ?? [];
      if (host === undefined) return onFailure(world, folder, state, question);
      const retried = host.unreachable && ({ kind: 'retry', reason: 'it is there again' } as const);
      return onHost(retried || onFailure(world, folder, state, { ...question, ...host }), host.host);
    }
    case 'drift':
      // It is this machine, so only what reads it can have failed, now or at the start.
      if (question.expected === null && !question.unread) return { kind: 'accept', reason: 'it is this one' };
      return { kind: 'retry', reason: 'read it again' };
    case 'done-when':
      return { kind: 'retry', reason: 'read it again' };
    case 'item':
      return { kind: 'item', result: 'pass', detail: 'it is so' };
    case 'danger':
      return { kind: 'confirm', target: question.target };
    case 'obligations':
      return { kind: 'hand-over', step: question.open[0]?.step ?? '', to: 'bo' };
    case 'in-doubt': {
      const attempt = state.steps.get(question.step)?.visits.at(-1)?.attempts.at(-1);
      const truth = world.truth(`${folder}/${attempt?.folder ?? ''}`);
      return { kind: 'settle', as: truth.effect ? settledAs(state, question.step) : 'rerun', reason: 'looked at it' };
    }
    default:
      throw new Error(`unexpected question ${question.kind}`);
  }
}

function onFailure(world: World, folder: string, state: RunState, question: Question<'failure'>): Answer {
  const { step, reason } = question;
  if (/could not be (?:reached|started)/.test(reason)) return { kind: 'retry', reason: 'it is there again' };
  if (reason.startsWith('its outcome could not be known')) return { kind: 'retry', reason: 'read it again' };
  const lost = lostOutput(world, folder, state, question);
  if (lost !== null) return lost;
  return step.startsWith('retried')
    ? { kind: 'retry', reason: 'it was a hiccup', set: { asked: `for ${step}` } }
    : { kind: 'skip', reason: 'not worth it', ...given(state, step) };
}

/** The answer for that host alone. */
function onHost(answer: Answer, host: string): Answer {
  if (answer.kind === 'retry' || answer.kind === 'passed' || answer.kind === 'skip') return { ...answer, host };
  return answer;
}

/** It did what it should and only its output is lost: what changes something has passed, what reads is read again. */
function lostOutput(
  world: World,
  folder: string,
  state: RunState,
  { step, reason }: Question<'failure'>,
): Answer | null {
  if (!reason.includes('output is lost')) return null;
  const attempt = state.steps.get(step)?.visits.at(-1)?.attempts.at(-1);
  const { exit, effect } = world.truth(`${folder}/${attempt?.folder ?? ''}`);
  if (exit !== 0) return null;
  return effect ? { kind: 'passed', reason: 'I looked' } : { kind: 'retry', reason: 'read it again' };
}

/** The values of what is left out, where it would have captured some. */
function given(state: RunState, step: string): { readonly set?: Readonly<Record<string, string>> } {
  const names = capturedBy(state, step);
  return names.length === 0 ? {} : { set: Object.fromEntries(names.map((name) => [name, `told for ${step}`])) };
}

/** A step that fails on its first go did fail when it ran once; every other one passed. */
function settledAs(state: RunState, id: string): 'passed' | 'failed' {
  if (!id.startsWith('retried')) return 'passed';
  const attempts = state.steps.get(id)?.visits.flatMap((visit) => [...visit.attempts]) ?? [];
  return attempts.filter(({ end, settled }) => end !== null || settled?.as === 'failed').length === 0
    ? 'failed'
    : 'passed';
}

function choiceOf(step: string): string {
  return step.length % 2 === 0 ? 'left' : 'right';
}

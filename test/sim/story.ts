/** Generated runbooks, and an operator who always decides alike, so that an interrupted run must end like an uninterrupted one. */
import type { Answer, Question } from '../../src/run/question.ts';
import type { RunState } from '../../src/run/state.ts';
import type { Runbook, Step } from '../../src/runbook/document.ts';
import { body, runbook, step } from '../run/play.ts';
import { Dice, type Script, type World } from './world.ts';

const script = (value: Script) => ({ script: JSON.stringify(value) });
const change = (value: Script) => body('run', script(value));
const look = (value: Script) => body('check', script(value));

interface Making {
  readonly dice: Dice;
  next: number;
}

/** A runbook of every kind of step that a crash could hurt. */
export function generate(seed: number): Runbook {
  const making: Making = { dice: new Dice(seed), next: 0 };
  const { dice } = making;
  const steps = Array.from({ length: 3 + dice.below(4) }, () => element(making, true)).flat();
  // Half of the stories end in a rollback.
  if (dice.chance(0.5)) {
    steps.push({ ...named(making, 'fails'), ...change({ exits: [1], ms: 3 }), onFail: 'rollback' });
  }
  const tail = dice.chance(0.5) ? [{ ...named(making, 'after'), ...change({ effect: 'after' }) }] : [];
  return runbook(steps, {
    vars: { seen: { type: 'string', secret: false }, asked: { type: 'string', secret: false, ask: 'What?' } },
    rollback: { triggers: [], steps: tail },
  });
}

function named(making: Making, kind: string): Step {
  making.next += 1;
  return step(`${kind}${making.next}`);
}

function element(making: Making, nest: boolean): readonly Step[] {
  const { dice } = making;
  switch (dice.below(nest ? 9 : 4)) {
    case 0:
    case 1:
      return [changing(making)];
    case 2:
      return [
        { ...named(making, 'flaky'), ...look({ exits: [1, 0], ms: 2 }), retry: { times: 4, everyMs: 50, passes: 1 } },
      ];
    case 3: {
      const made = named(making, 'done');
      return [
        {
          ...made,
          ...change({ effect: made.id, ms: 1 + dice.below(40) }),
          doneWhen: look({ holds: made.id }),
          undo: { kind: 'bodies', bodies: [change({ effect: `undo ${made.id}` })] },
        },
      ];
    }
    case 4:
      return [parallel(making)];
    case 5:
      return loop(making);
    case 6:
      return [choice(making)];
    case 7:
      return [{ ...step(`go${making.next++}`, {}, 'approve') }];
    default:
      return [retried(making), { ...step(`hand${making.next++}`, {}, 'manual') }];
  }
}

function changing(making: Making): Step {
  const { dice } = making;
  const made = named(making, 'change');
  const undo = change({ effect: `undo ${made.id}`, ms: dice.below(20) });
  return {
    ...made,
    ...change({ effect: made.id, ms: dice.below(60) }),
    undo: dice.chance(0.7) ? { kind: 'bodies', bodies: [undo] } : { kind: 'none' },
  };
}

/** Fails once and is retried by the operator. */
function retried(making: Making): Step {
  const made = named(making, 'retried');
  return { ...made, ...change({ effect: made.id, exits: [1, 0] }) };
}

function parallel(making: Making): Step {
  const inner = Array.from({ length: 2 + making.dice.below(2) }, () => changing(making));
  return { ...step(`both${making.next++}`, { flow: 'parallel', blocks: [{ label: '', steps: inner }] }, 'parallel') };
}

function loop(making: Making): readonly Step[] {
  const first = changing(making);
  const blocks = [
    { label: 'again', goto: first.id, steps: [] },
    { label: 'on', steps: [] },
  ];
  return [first, step(`loop${making.next++}`, { flow: 'choose', blocks }, 'choose')];
}

function choice(making: Making): Step {
  const blocks = ['left', 'right'].map((label) => ({ label, steps: [...element(making, false)] }));
  return step(`pick${making.next++}`, { flow: 'choose', blocks }, 'choose');
}

/** What the operator answers: the same question in the same place gets the same answer, and doubt the truth. */
export function decideAsOperator(world: World, folder: string, state: RunState, question: Question): Answer {
  switch (question.kind) {
    case 'variable':
      return { kind: 'value', value: 'forty-two' };
    case 'manual':
      return { kind: 'done', note: 'by hand' };
    case 'approve':
      return { kind: 'approve', by: `lead ${question.given.length}` };
    case 'choose': {
      const label =
        question.options[0]?.label === 'again' ? (question.visit < 3 ? 'again' : 'on') : choiceOf(question.step);
      return { kind: 'choose', label };
    }
    case 'failure':
      return question.step.startsWith('retried')
        ? { kind: 'retry', reason: 'it was a hiccup' }
        : { kind: 'skip', reason: 'not worth it' };
    case 'in-doubt': {
      const attempt = state.steps.get(question.step)?.visits.at(-1)?.attempts.at(-1);
      const truth = world.truth(`${folder}/${attempt?.folder ?? ''}`);
      return { kind: 'settle', as: truth.effect ? settledAs(state, question.step) : 'rerun', reason: 'looked at it' };
    }
    default:
      throw new Error(`unexpected question ${question.kind}`);
  }
}

/** A step that fails on its first go did fail when it ran once; every other one passed. */
function settledAs(state: RunState, id: string): 'passed' | 'failed' {
  if (!id.startsWith('retried')) return 'passed';
  const attempts = state.steps.get(id)?.visits.flatMap((visit) => visit.attempts) ?? [];
  return attempts.filter(({ end, settled }) => end !== null || settled?.as === 'failed').length === 0
    ? 'failed'
    : 'passed';
}

function choiceOf(step: string): string {
  return step.length % 2 === 0 ? 'left' : 'right';
}

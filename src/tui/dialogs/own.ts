/** The dialogs that a key opens, not a question: skip, record, note, report, roll back, abort, interrupt. */

import type { DocumentChange } from '../../app/changed-documents.ts';
import { handoverLines } from '../../report/handover.ts';
import type { Question } from '../../run/question.ts';
import type { RunState } from '../../run/state.ts';
import type { Stoppable } from '../stoppable.ts';
import type { Choice, Dialog } from './dialog.ts';
import { fieldOf, form, pauseChoice, reasonField, valueFields, valuesGiven } from './pieces.ts';

/** A question about one step. */
export type StepQuestion = Exclude<Question, { kind: 'variable' | 'obligations' | 'handover' | 'window' }>;

/** Skip the step that waits. */
export function skipDialog(question: StepQuestion, captures: readonly string[]): Dialog {
  const { step } = question;
  return own(
    `skip ${step}`,
    `Skip ${step}`,
    ['It will lead the report as a deviation.'],
    [
      form('Skip', [reasonField, ...valueFields(captures)], ({ reason = '', ...values }) => ({
        kind: 'answer',
        question,
        answer: { kind: 'skip', reason, ...valuesGiven(captures, values) },
      })),
    ],
  );
}

/** Record the step that waits as done by hand. */
export function recordDialog(question: StepQuestion, captures: readonly string[]): Dialog {
  const { step } = question;
  return own(
    `record ${step}`,
    `Record ${step} as done by hand`,
    ['It is not run. It will lead the report as a deviation.'],
    [
      form('Record', [reasonField, ...valueFields(captures)], ({ reason = '', ...values }) => ({
        kind: 'answer',
        question,
        answer: { kind: 'passed', reason, ...valuesGiven(captures, values) },
      })),
    ],
  );
}

/** A note for the journal. */
export function noteDialog(step: string | null): Dialog {
  const title = step === null ? 'Note' : `Note on ${step}`;
  return own(
    `note ${step ?? ''}`,
    title,
    ['Begin with !decision, !impact, !found, !severity sev1 REASON or !lead NAME to say what it is.'],
    [form('Note', [fieldOf('text', 'Note', true)], ({ text = '' }) => ({ kind: 'note', text, step }))],
  );
}

/** The run for somebody else. */
export function offerDialog(state: RunState): Dialog {
  return own('offer', 'Hand the run over', handoverLines(state), [
    form(
      'Hand it over',
      [fieldOf('to', 'To whom', true), fieldOf('note', 'What they should know', false)],
      (given) => ({
        kind: 'say',
        saying: { kind: 'handover', to: given['to'] ?? '', note: given['note'] ?? '' },
      }),
    ),
  ]);
}

/** A step that is done, once more. */
export function redoDialog(step: string): Dialog {
  return own(
    `redo ${step}`,
    `Do ${step} again`,
    [
      'It is visited once more, then the run goes on where it was. A rollback undoes every visit. It will lead the report as a deviation.',
    ],
    [form('Do it again', [reasonField], ({ reason = '' }) => ({ kind: 'redo', step, reason }))],
  );
}

/** Another value for one of the variables; null when none can have one. */
export function correctDialog({ runbook, variables }: RunState): Dialog | null {
  const open = Object.entries(runbook.vars).filter(([, { secret }]) => !secret);
  if (open.length === 0) return null;
  const choices = open.map(([name]) => {
    const now = variables.get(name)?.at(-1)?.value ?? null;
    const fields = [fieldOf('value', `New value of ${name}`, false, now ?? ''), reasonField];
    const choice = form(
      now === null ? `${name}, not set` : `${name} = ${now}`,
      fields,
      ({ value = '', reason = '' }) => ({
        kind: 'correct',
        name,
        value,
        reason,
      }),
    );
    return { ...choice, confirm: correctionAsked({ name, from: now }), repeats: 'value' };
  });
  const text = 'Steps that used the value before are named. Approvals that were given on it do not count any more.';
  return own('correct', 'Correct a variable', [text], choices);
}

function correctionAsked({ name, from }: { readonly name: string; readonly from: string | null }): string {
  return from === null ? `Set ${name}?` : `Give ${name} another value than ${JSON.stringify(from)}?`;
}

/** What is to become of documents that changed since run `run` pinned them. */
export function changesDialog(run: string, changes: readonly DocumentChange[]): Dialog {
  const adopt = form('Adopt what changed, for the steps that have not passed', [reasonField], ({ reason = '' }) => ({
    kind: 'open',
    run,
    changes: { kind: 'adopt', reason },
  }));
  return {
    ...own(`changes ${run}`, 'Documents have changed', changes.map(changeText), [
      form('Go on with the text that the run began with', [], () => ({
        kind: 'open',
        run,
        changes: { kind: 'pinned' },
      })),
      adopt,
      form('Go back', [], () => ({ kind: 'back' })),
    ]),
    tone: 'warning',
  };
}

function changeText(change: DocumentChange): string {
  if (change.kind === 'gone') return `${change.path} cannot be read any more; its pinned copy goes on.`;
  const count = (kind: 'new' | 'gone'): number => change.lines.filter((line) => line.kind === kind).length;
  return `${change.path} has changed since the run began: +${count('new')} -${count('gone')}`;
}

/** Save the output that is on screen as a file; null without one. */
export function saveDialog(path: string | null, step: string): Dialog | null {
  if (path === null) return null;
  const field = fieldOf('file', 'File', true, `${step}.log`);
  return own(
    `save ${path}`,
    'Save the output as a file',
    ['Its bytes as they are, escapes too. A file that is there already is not touched.'],
    [form('Save', [field], ({ file = '' }) => ({ kind: 'save', path, file }))],
  );
}

/** Write the report of a run that has ended. */
export function reportDialog(): Dialog {
  const key = fieldOf('key', 'Key file, or SHA256:... of a key in ssh-agent', true);
  return own(
    'report',
    'Write the report',
    ['Markdown, HTML and JSON of what was recorded, with the journal and the documents.'],
    [
      form('Write it', [], () => ({ kind: 'report', key: null })),
      form('Write it and sign it', [key], (values) => ({ kind: 'report', key: (values.key ?? '').trim() })),
      form('Go back', [], () => ({ kind: 'back' })),
    ],
  );
}

/** Start the rollback: a reason, then a y/n. */
export function rollbackDialog(undos: number): Dialog {
  const asked = `Roll back now? ${undos} step${undos === 1 ? '' : 's'} in the plan.`;
  const choice = form('Roll back', [reasonField], ({ reason = '' }) => ({ kind: 'rollback', reason }));
  return {
    ...own(
      'rollback',
      'Roll back',
      ['What really ran is undone, newest first.'],
      [{ ...choice, confirm: asked, confirms: { kind: 'plan' } }],
    ),
    tone: 'warning',
  };
}

/** What `A` offers. `running`: what runs; `question`: the one that is open; null where there is none. */
export function abortDialog(running: Stoppable | null, question: Question | null): Dialog {
  const abandon = form('End the run for good, unfinished', [reasonField], ({ reason = '' }) => ({
    kind: 'abandon',
    reason,
  }));
  return own(
    'abort',
    'Abort or pause',
    ['A paused run goes on with gonogo resume. An ended one never does.'],
    [
      form('Go back', [], () => ({ kind: 'back' })),
      ...(question !== null
        ? [pauseChoice(question)]
        : [form('Pause and quit, leaving it running', [], () => ({ kind: 'leave' }))]),
      ...(running === null
        ? [{ ...abandon, confirm: 'End it for good? Nothing is rolled back.' }]
        : [stopChoice(running)]),
    ],
  );
}

/** What Ctrl-C asks. */
export function interruptDialog(running: Stoppable | null): Dialog {
  const quit = running === null ? 'Quit; the run stays as it is' : 'Leave it running and quit';
  return own(
    'interrupt',
    'Ctrl-C: nothing was stopped',
    ['Ctrl-C once more quits and leaves everything running.'],
    [
      form(quit, [], () => ({ kind: 'leave' })),
      ...(running === null ? [] : [stopChoice(running)]),
      form('Go back', [], () => ({ kind: 'back' })),
    ],
  );
}

function stopChoice({ kind, what }: Stoppable): Choice {
  const then = kind === 'step' ? 'it will have failed' : 'it could not be read then';
  return form(`Stop ${what}: ${then}`, [reasonField], ({ reason = '' }) => ({ kind: 'stop', reason }));
}
function own(key: string, title: string, text: readonly string[], choices: readonly Choice[]): Dialog {
  return { key, title, tone: 'plain', text, subject: null, choices, start: 0, showsOutput: false };
}

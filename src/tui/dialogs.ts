/**
 * Every question of the engine as a dialog, and every dialog of our own, as data: a text, choices, and for each choice the
 * fields to fill in. The full screen and the plain prompts both walk through these.
 *
 * Invariants:
 * - A dialog executes nothing; `submit` only says what is wanted (`Intent`). A choice by which commands run or something is
 *   sent has a `confirm`, unless its fields ask for the target's name.
 * - The choice that a menu starts on is never the one that departs furthest from the document, unless the document says so.
 * - Texts are as the documents have them: whoever shows them sanitises.
 */
import type { Answer, Question } from '../run/question.ts';
import type { RunState } from '../run/state.ts';

/** What the operator wants. */
export type Intent =
  /** `question`: the one that was on screen; a later one is not answered by it. */
  | {
      readonly kind: 'answer';
      readonly question: Question;
      readonly answer: Answer;
      /** A file that is taken into the run first, as evidence for `done`. */
      readonly attach?: string;
    }
  | { readonly kind: 'note'; readonly text: string; readonly step: string | null }
  | { readonly kind: 'rollback'; readonly reason: string }
  | { readonly kind: 'stop'; readonly reason: string }
  /** End the run for good without finishing it. */
  | { readonly kind: 'abandon'; readonly reason: string }
  /** Let go of the run and quit; what runs goes on. */
  | { readonly kind: 'leave' }
  | { readonly kind: 'find'; readonly needle: string }
  /** `key`: what signs it; null: nothing does. */
  | { readonly kind: 'report'; readonly key: string | null }
  | { readonly kind: 'back' };

/** One line (or more) of text to type. `initial`: what stands there at first. */
export interface Field {
  readonly id: string;
  readonly label: string;
  readonly initial: string;
  readonly secret: boolean;
  /** May it stay empty? */
  readonly required: boolean;
}

export type Values = Readonly<Record<string, string>>;

export interface Choice {
  readonly label: string;
  /** Shown behind the label, e.g. `suggested`. Empty: nothing. */
  readonly mark: string;
  readonly fields: readonly Field[];
  /** The step that is shown while this choice is marked; null: the one that is asked about. */
  readonly about: string | null;
  /** What it asks once more, y/n focused on No; null: nothing. */
  readonly confirm: string | null;
  /** `values` by field id. */
  submit(values: Values): Intent;
}

export type Tone = 'plain' | 'warning' | 'danger';

export interface Dialog {
  /** The same for the same question, so that what was typed survives closing it. */
  readonly key: string;
  readonly title: string;
  readonly tone: Tone;
  /** Paragraphs. */
  readonly text: readonly string[];
  /** One choice: its fields are shown at once. */
  readonly choices: readonly Choice[];
  /** Index of the choice that a menu starts on. */
  readonly start: number;
  /** The output of this step matters here. */
  readonly showsOutput: boolean;
}

/** The dialog of an open question; null for `ready`, which the run screen's own keys answer. */
export function dialogFor(question: Question, state: RunState): Dialog | null {
  switch (question.kind) {
    case 'ready':
      return null;
    case 'variable':
      return variableDialog(question);
    case 'danger':
      return dangerDialog(question);
    case 'drift':
      return driftDialog(question);
    case 'manual':
      return manualDialog(question);
    case 'ask':
      return askDialog(question);
    case 'choose':
      return chooseDialog(question);
    case 'approve':
      return approveDialog(question, state);
    case 'failure':
      return failureDialog(question);
    case 'in-doubt':
      return doubtDialog(question);
    case 'no-go':
      return noGoDialog(question, state);
    case 'item':
      return itemDialog(question);
    case 'notify':
      return notifyDialog(question);
    case 'obligations':
      return obligationsDialog(question);
  }
}

/** Identity of a question: equal when the same thing is asked at the same arrival. */
export function questionKey(question: Question): string {
  switch (question.kind) {
    case 'variable':
      return `variable ${question.name}`;
    case 'obligations':
      return `obligations ${question.open.map(({ step }) => step).join(' ')}`;
    case 'approve':
      return `approve ${question.step} ${question.visit} ${question.given.length}`;
    case 'in-doubt':
      return `in-doubt ${question.step} ${question.visit} ${question.attempt}`;
    case 'failure':
      return `failure ${question.step} ${question.visit} ${question.reason}`;
    case 'no-go':
      return `no-go ${question.step} ${question.visit} ${question.blockers.join(' ')}`;
    default:
      return `${question.kind} ${question.step} ${question.visit}`;
  }
}

type Of<K extends Question['kind']> = Extract<Question, { kind: K }>;

function variableDialog(question: Of<'variable'>): Dialog {
  const answer = (value: string): Intent => ({ kind: 'answer', question, answer: { kind: 'value', value } });
  const text = question.match === null ? [] : [`It must match: ${question.match}`];
  const head = { key: questionKey(question), title: question.question, tone: 'plain', showsOutput: false } as const;
  if (question.choices.length > 0) {
    return {
      ...head,
      text,
      choices: valueChoices(question.choices, answer),
      start: startAt(question.choices, question.default),
    };
  }
  const field: Field = {
    id: 'value',
    label: question.name,
    initial: question.secret ? '' : (question.default ?? ''),
    secret: question.secret,
    required: true,
  };
  const secrecy = question.secret ? ['It is kept in memory only and never recorded.'] : [];
  return {
    ...head,
    text: [...text, ...secrecy],
    choices: [form('Answer', [field], (values) => answer(values.value ?? ''))],
    start: 0,
  };
}

function valueChoices(choices: readonly string[], answer: (value: string) => Intent): readonly Choice[] {
  return choices.map((value) => form(value, [], () => answer(value)));
}

function startAt(choices: readonly string[], preset: string | null): number {
  return Math.max(0, preset === null ? 0 : choices.indexOf(preset));
}

function dangerDialog(question: Of<'danger'>): Dialog {
  const last = 'It has no undo: this is the point of no return.';
  return {
    key: questionKey(question),
    title: `DANGER ${question.step}: ${question.title}`,
    tone: 'danger',
    text: [question.summary, ...(question.pointOfNoReturn ? [last] : []), `It runs on ${question.target}.`],
    choices: [
      form('Run it', [fieldOf('target', `Type ${question.target} to run it`, true)], (values) => ({
        kind: 'answer',
        question,
        answer: { kind: 'confirm', target: values.target ?? '' },
      })),
    ],
    start: 0,
    showsOutput: false,
  };
}

function driftDialog(question: Of<'drift'>): Dialog {
  return {
    key: questionKey(question),
    title: `The target of ${question.step} is not the one of the start`,
    tone: 'danger',
    text: [`At the start it read: ${question.expected}`, `Now it reads:        ${question.found}`],
    choices: [
      reasoned(question, 'Read it again', 'retry', 'read again'),
      reasoned(question, 'Accept it and go on', 'accept'),
      reasoned(question, 'Skip the step', 'skip'),
      reasoned(question, 'Roll back', 'rollback'),
      pauseChoice(question),
    ],
    start: 0,
    showsOutput: false,
  };
}

function manualDialog(question: Of<'manual'>): Dialog {
  return {
    key: questionKey(question),
    title: `By hand, ${question.step}: ${question.title}`,
    tone: 'plain',
    text: [question.instructions],
    choices: [
      form('Done', [noteField, fileField], (values) => {
        const note = (values.note ?? '').trim();
        const attach = (values.file ?? '').trim();
        const answer: Answer = note === '' ? { kind: 'done' } : { kind: 'done', note };
        return { kind: 'answer', question, answer, ...(attach === '' ? {} : { attach }) };
      }),
      form('It failed', [reasonField], (values) => ({
        kind: 'answer',
        question,
        answer: { kind: 'settle', as: 'failed', reason: values.reason ?? '' },
      })),
      reasoned(question, 'Skip it', 'skip'),
      pauseChoice(question),
    ],
    start: 0,
    showsOutput: false,
  };
}

function askDialog(question: Of<'ask'>): Dialog {
  const answer = (value: string): Intent => ({ kind: 'answer', question, answer: { kind: 'value', value } });
  const choices =
    question.choices.length > 0
      ? valueChoices(question.choices, answer)
      : [
          form('Answer', [fieldOf('value', question.variable ?? 'Answer', true)], (values) =>
            answer(values.value ?? ''),
          ),
        ];
  return {
    key: questionKey(question),
    title: `${question.step}: ${question.title}`,
    tone: 'plain',
    text: [question.question, ...(question.match === null ? [] : [`It must match: ${question.match}`])],
    choices,
    start: 0,
    showsOutput: false,
  };
}

function chooseDialog(question: Of<'choose'>): Dialog {
  const choices = question.options.map(({ label, suggested }): Choice => {
    if (suggested) {
      const taken = form(label, [], () => ({ kind: 'answer', question, answer: { kind: 'choose', label } }));
      return { ...taken, mark: 'suggested' };
    }
    return form(label, [reasonField], (values) => ({
      kind: 'answer',
      question,
      answer: { kind: 'choose', label, reason: values.reason ?? '' },
    }));
  });
  return {
    key: questionKey(question),
    title: `${question.step}: ${question.title}`,
    tone: 'plain',
    text: [question.question],
    choices,
    start: Math.max(
      0,
      question.options.findIndex(({ suggested }) => suggested),
    ),
    showsOutput: true,
  };
}

function approveDialog(question: Of<'approve'>, state: RunState): Dialog {
  const who = question.from.length === 0 ? '' : ` from ${question.from.join(', ')}`;
  const given = question.given.length === 0 ? 'Nobody has approved yet.' : `Given by: ${question.given.join(', ')}.`;
  const command = `gonogo approve ${state.id} ${question.step} --key FILE`;
  const approve = form('Approve', [fieldOf('by', 'Name of who approves', true)], (values) => ({
    kind: 'answer',
    question,
    answer: { kind: 'approve', by: values.by ?? '' },
  }));
  const refuse = form('Refuse', [fieldOf('by', 'Name of who refuses', true), reasonField], (values) => ({
    kind: 'answer',
    question,
    answer: { kind: 'refuse', by: values.by ?? '', reason: values.reason ?? '' },
  }));
  const wait: Choice = form('Wait for it', [], () => ({ kind: 'back' }));
  return {
    key: questionKey(question),
    title: `Approval, ${question.step}: ${question.title}`,
    tone: 'plain',
    text: [
      `${question.given.length} of ${question.count}${who}. ${given}`,
      question.signed
        ? `It must be signed. Whoever approves runs: ${command}`
        : 'A name given here is recorded as claimed, not as signed.',
    ],
    choices: [
      question.signed ? wait : approve,
      refuse,
      reasoned(question, 'Roll back', 'rollback'),
      pauseChoice(question),
    ],
    start: 0,
    showsOutput: false,
  };
}

function failureDialog(question: Of<'failure'>): Dialog {
  const rollback = reasoned(
    question,
    'Roll back',
    'rollback',
    question.inRollback ? '' : `${question.step} failed: ${question.reason}`,
  );
  const wantsRollback = question.onFail === 'rollback' && !question.inRollback;
  const others = [
    reasoned(question, 'Retry', 'retry'),
    reasoned(question, 'Mark done by hand', 'passed'),
    reasoned(question, 'Skip', 'skip'),
  ];
  return {
    key: questionKey(question),
    title: `FAILED ${question.step}: ${question.title}`,
    tone: 'danger',
    text: [question.reason],
    choices: wantsRollback
      ? [{ ...rollback, mark: 'the runbook says so' }, ...others, pauseChoice(question)]
      : [...others, ...(question.inRollback ? [] : [rollback]), pauseChoice(question)],
    start: 0,
    showsOutput: true,
  };
}

function doubtDialog(question: Of<'in-doubt'>): Dialog {
  const settle = (label: string, as: 'passed' | 'failed' | 'rerun'): Choice =>
    form(label, [reasonField], (values) => ({
      kind: 'answer',
      question,
      answer: { kind: 'settle', as, reason: values.reason ?? '' },
    }));
  return {
    key: questionKey(question),
    title: `IN DOUBT ${question.step}: ${question.title}`,
    tone: 'danger',
    text: [
      `It was started and its outcome is not known: ${question.reason}.`,
      'Look at its output and at the system before you decide.',
    ],
    choices: [
      { ...pauseChoice(question), label: 'Pause, to look first' },
      settle('It passed', 'passed'),
      settle('It failed', 'failed'),
      { ...settle('It never took effect: run it again', 'rerun'), confirm: confirmations.retry },
    ],
    start: 0,
    showsOutput: true,
  };
}

function noGoDialog(question: Of<'no-go'>, state: RunState): Dialog {
  const waivers = question.blockers.map((item): Choice => {
    const fields = [
      fieldOf('by', 'Who accepts it', true, state.operator),
      fieldOf('why', 'Why', true),
      fieldOf('until', 'Until (YYYY-MM-DD)', true),
    ];
    const waive = form(`Waive ${item}`, fields, ({ by = '', why = '', until = '' }) => ({
      kind: 'answer',
      question,
      answer: { kind: 'waive', item, by, why, until },
    }));
    return { ...waive, about: item };
  });
  const audit = question.audit === true;
  const end = form('End with this verdict', [], () => ({ kind: 'answer', question, answer: { kind: 'done' } }));
  return {
    key: questionKey(question),
    title: audit ? `NO-GO: ${question.title}` : `NO-GO ${question.step}: ${question.title}`,
    tone: 'danger',
    text: [...question.reasons, ...(audit ? [] : ['A gate cannot be skipped.'])],
    choices: audit
      ? [end, ...waivers, pauseChoice(question)]
      : [
          reasoned(question, 'Check again', 'retry', 'check again'),
          ...waivers,
          reasoned(question, 'Roll back', 'rollback'),
          pauseChoice(question),
        ],
    start: 0,
    showsOutput: false,
  };
}

function itemDialog(question: Of<'item'>): Dialog {
  const result = (label: string, as: 'pass' | 'partial' | 'fail' | 'na'): Choice =>
    form(label, [fieldOf('detail', as === 'na' ? 'Why not' : 'What it rests on', true)], (values) => ({
      kind: 'answer',
      question,
      answer: { kind: 'item', result: as, detail: values.detail ?? '' },
    }));
  return {
    key: questionKey(question),
    title: `${question.step}: ${question.title}`,
    tone: 'plain',
    text: [question.question, `Severity: ${question.severity}`],
    choices: [
      result('Pass', 'pass'),
      result('Partial', 'partial'),
      result('Fail', 'fail'),
      result('Not applicable', 'na'),
      reasoned(question, 'Leave it unanswered, which is a no-go', 'skip'),
      pauseChoice(question),
    ],
    start: 0,
    showsOutput: false,
  };
}

function notifyDialog(question: Of<'notify'>): Dialog {
  const send = form('Send, after a last look', [fieldOf('text', 'Text', true, question.text)], (values) => ({
    kind: 'answer',
    question,
    answer: { kind: 'value', value: values.text ?? '' },
  }));
  return {
    key: questionKey(question),
    title: `Send, ${question.step}: ${question.title}`,
    tone: 'plain',
    text: [question.text],
    choices: [
      { ...send, confirm: 'It goes out as it stands. Send it?' },
      reasoned(question, 'Do not send', 'skip'),
      pauseChoice(question),
    ],
    start: 0,
    showsOutput: false,
  };
}

function obligationsDialog(question: Of<'obligations'>): Dialog {
  return {
    key: questionKey(question),
    title: 'Everything is done, but something is still owed',
    tone: 'warning',
    text: ['The run completes when each is handed over to somebody by name.'],
    choices: [
      ...question.open.map(({ step, text }) =>
        form(`Hand over: ${text}`, [fieldOf('to', 'To whom', true)], (values) => ({
          kind: 'answer',
          question,
          answer: { kind: 'hand-over', step, to: values.to ?? '' },
        })),
      ),
      pauseChoice(question),
    ],
    start: 0,
    showsOutput: false,
  };
}

// --- dialogs of our own ---

/** A question about one step. */
export type StepQuestion = Exclude<Question, { kind: 'variable' | 'obligations' }>;

/** Skip the step that waits. */
export function skipDialog(question: StepQuestion): Dialog {
  const { step } = question;
  return own(
    `skip ${step}`,
    `Skip ${step}`,
    ['It will lead the report as a deviation.'],
    [
      form('Skip', [reasonField], ({ reason = '' }) => ({
        kind: 'answer',
        question,
        answer: { kind: 'skip', reason },
      })),
    ],
  );
}

/** Record the step that waits as done by hand. */
export function recordDialog(question: StepQuestion): Dialog {
  const { step } = question;
  return own(
    `record ${step}`,
    `Record ${step} as done by hand`,
    ['It is not run. It will lead the report as a deviation.'],
    [
      form('Record', [reasonField], ({ reason = '' }) => ({
        kind: 'answer',
        question,
        answer: { kind: 'passed', reason },
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
    [],
    [form('Note', [fieldOf('text', 'Note', true)], ({ text = '' }) => ({ kind: 'note', text, step }))],
  );
}

/** A text to look for in the output. */
export function findDialog(last: string): Dialog {
  return own(
    'find',
    'Find in the output',
    ['Upper and lower case differ. Enter again finds the next one.'],
    [form('Find', [fieldOf('needle', 'Find', true, last)], ({ needle = '' }) => ({ kind: 'find', needle }))],
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
    ...own('rollback', 'Roll back', ['What really ran is undone, newest first.'], [{ ...choice, confirm: asked }]),
    tone: 'warning',
  };
}

/** What `A` offers. `running`: the step whose command runs; `question`: the one that is open; null where there is none. */
export function abortDialog(running: string | null, question: Question | null): Dialog {
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
export function interruptDialog(running: string | null): Dialog {
  const quit = running === null ? 'Quit; the run stays as it is' : 'Leave it running and quit';
  return own(
    'interrupt',
    'Interrupted',
    ['Ctrl-C once more quits and leaves everything running.'],
    [
      form(quit, [], () => ({ kind: 'leave' })),
      ...(running === null ? [] : [stopChoice(running)]),
      form('Go back', [], () => ({ kind: 'back' })),
    ],
  );
}

function stopChoice(step: string): Choice {
  return form(`Stop ${step}: it will have failed`, [reasonField], ({ reason = '' }) => ({ kind: 'stop', reason }));
}

// --- pieces ---

const noteField: Field = { id: 'note', label: 'Note (may stay empty)', initial: '', secret: false, required: false };
const fileField: Field = {
  id: 'file',
  label: 'File as evidence (may stay empty)',
  initial: '',
  secret: false,
  required: false,
};

const reasonField: Field = { id: 'reason', label: 'Reason', initial: '', secret: false, required: true };

function fieldOf(id: string, label: string, required: boolean, initial = ''): Field {
  return { id, label, initial, secret: false, required };
}

function form(label: string, fields: readonly Field[], submit: (values: Values) => Intent): Choice {
  return { label, mark: '', fields, about: null, confirm: null, submit };
}

/** What asks y/n once more, because commands run by it: Enter alone never makes one run. */
const confirmations = {
  retry: 'It runs again. Go on?',
  rollback: 'What really ran is undone, newest first. Roll back now?',
  accept: 'The step runs on what was found. Go on?',
  passed: null,
  skip: null,
} as const;

/** An answer that carries a reason. `initial`: a reason that is good enough as it stands. */
function reasoned(question: Question, label: string, kind: keyof typeof confirmations, initial = ''): Choice {
  const choice = form(label, [{ ...reasonField, initial }], ({ reason = '' }) => ({
    kind: 'answer',
    question,
    answer: { kind, reason },
  }));
  return { ...choice, confirm: confirmations[kind] };
}

function pauseChoice(question: Question): Choice {
  return form('Pause the run', [], () => ({ kind: 'answer', question, answer: { kind: 'pause' } }));
}

function own(key: string, title: string, text: readonly string[], choices: readonly Choice[]): Dialog {
  return { key, title, tone: 'plain', text, choices, start: 0, showsOutput: false };
}

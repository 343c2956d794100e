/** Every question has a dialog, and every choice of it is an answer that the engine takes. */
import { describe, expect, test } from 'vitest';
import type { Answer, Question } from '../../src/run/question.ts';
import { respond } from '../../src/run/respond.ts';
import type { Choice, Dialog, Values } from '../../src/tui/dialogs/dialog.ts';
import { dialogFor } from '../../src/tui/dialogs/of-question.ts';
import { operator, Play, runbook, step } from '../run/play.ts';
import { Asked, at, openGate, questions } from './asked.ts';
import { Hands } from './hands.ts';
import { promoting } from './scene.ts';

const { state: stateOf } = await promoting().then((session) => ({ state: session.state() }));
const { state: gated } = new Play(runbook([step('promote', {}, 'approve')]));
function dialogOf(question: Question): Dialog {
  const dialog = dialogFor(question, stateOf);
  if (dialog === null) throw new Error(`${question.kind} has no dialog`);
  return dialog;
}

function filled(choice: Choice): Values {
  const special: Record<string, string> = { until: '2026-12-31', target: 'db' };
  return Object.fromEntries(
    choice.fields.map(({ id, initial }) => [id, initial === '' ? (special[id] ?? 'because') : initial]),
  );
}

function answerOf(choice: Choice): Answer | null {
  const intent = choice.submit(filled(choice));
  return intent.kind === 'answer' ? intent.answer : null;
}

describe('dialogs', () => {
  test.each(questions.map((question) => [question.kind, question] as const))(
    '%s: each choice is taken',
    (_, question) => {
      const dialog = dialogOf(question);
      expect(dialog.choices.length).toBeGreaterThan(0);
      expect(dialog.choices[dialog.start]).toBeDefined();
      for (const choice of dialog.choices) {
        const answer = answerOf(choice);
        const state = question.kind === 'approve' ? gated : stateOf;
        const response = answer === null ? null : respond(state, question, answer, operator, 0);
        expect(response, `${choice.label}: ${JSON.stringify(response)}`).toMatchObject({ ok: true });
      }
    },
  );

  test('whatever departs from the document asks for a reason', () => {
    for (const question of questions) {
      for (const choice of dialogOf(question).choices) {
        const answer = answerOf(choice);
        const departs =
          answer !== null && ['skip', 'passed', 'retry', 'settle', 'refuse', 'rollback'].includes(answer.kind);
        if (departs) expect(choice.fields.some(({ id, required }) => id === 'reason' && required)).toBe(true);
      }
    }
  });

  test('whatever makes a command run is confirmed once more, or by the typed name', () => {
    for (const question of questions) {
      for (const choice of dialogOf(question).choices) {
        const answer = answerOf(choice);
        const runs =
          answer !== null &&
          (['retry', 'rollback', 'accept'].includes(answer.kind) ||
            (answer.kind === 'settle' && answer.as === 'rerun'));
        if (runs) expect(choice.confirm, `${question.kind}: ${choice.label}`).not.toBeNull();
      }
    }
  });

  test('a y/n names what runs by it, and says of a reading that it is one', () => {
    const asked = (question: Question): readonly string[] =>
      [...dialogOf(question).choices].flatMap(({ confirm, label }) =>
        confirm === null ? [] : [`${label}: ${confirm}`],
      );
    for (const question of questions.filter(({ kind }) => kind === 'drift' || kind === 'done-when')) {
      const [again = ''] = asked(question);
      expect(again).toMatch(/is read again, and promote runs if it is (?:the right one|not done)\. Go on\?$/);
    }
    for (const question of questions.filter(({ kind }) => kind === 'failure' || kind === 'in-doubt'))
      expect(asked(question).join('\n')).toContain('promote runs again. Go on?');
  });

  test('another machine under the name of a host is told by that name', () => {
    const drift: Question = { kind: 'drift', ...at, unread: false, expected: 'm-1', found: 'm-2', host: 'web3' };
    const { title, choices } = dialogOf(drift);
    expect(title).toBe('web3, where promote runs, is another machine than before');
    expect(choices[0]?.confirm).toBe('web3 is read again, and promote runs if it is the right one. Go on?');
  });

  test('the y/n of a message shows the text that is sent, and that of a correction the value that is set', async () => {
    const message = questions.find(({ kind }) => kind === 'notify');
    const failed = questions.find(({ kind }) => kind === 'failure');
    if (message === undefined || failed === undefined) throw new Error('it is not among the questions');
    const sending = new Hands(new Asked(message, stateOf));
    sending.press('enter');
    sending.type(', v2 is out');
    sending.press('enter');
    await sending.sees('> n No <');
    expect(sending.screen()).toContain('Hello, v2 is out');

    const { state } = new Play(runbook([step('promote')], { vars: { version: { type: 'string', secret: false } } }));
    const correcting = new Hands(new Asked(failed, state));
    correcting.press('esc');
    correcting.press('V');
    await correcting.sees('New value of version');
    correcting.type('v2.0.1');
    correcting.press('tab');
    correcting.type('a slip');
    correcting.press('enter');
    await correcting.sees('> n No <');
    expect(correcting.screen()).toContain('v2.0.1');
  });

  test('a choice that is not suggested asks for a reason; the mark starts on one that is', () => {
    const dialog = dialogOf(questions[5] ?? { kind: 'obligations', open: [] });
    expect(dialog.choices.map(({ label, mark, fields }) => [label, mark, fields.length])).toEqual([
      ['slow', '', 1],
      ['fast', 'suggested', 0],
    ]);
    expect(dialog.start).toBe(1);
  });

  test('a failure with on_fail: rollback suggests it first; in a rollback it is not offered', () => {
    const failure = { kind: 'failure', ...at, reason: 'exit 1', evidence: [] } as const;
    const suggested = dialogOf({ ...failure, inRollback: false, onFail: 'rollback' });
    expect(suggested.choices[0]).toMatchObject({ label: 'Roll back', mark: 'the runbook says so' });
    const undoing = dialogOf({ ...failure, inRollback: true, onFail: 'ask' });
    expect(undoing.choices.map(({ label }) => label)).not.toContain('Roll back');
  });

  test('a signed approval is not given here: the command is', () => {
    const dialog = dialogOf({ kind: 'approve', ...at, from: ['lead'], count: 1, signed: true, given: [], ...openGate });
    expect(dialog.text.join(' ')).toContain('gonogo approve r promote --key FILE');
    expect(dialog.choices.map(({ label }) => label)).not.toContain('Approve');
  });

  test('in doubt starts on looking first, and a secret is asked for hidden', () => {
    expect(dialogOf(questions[8] ?? { kind: 'obligations', open: [] }).choices[0]?.label).toBe('Pause, to look first');
    const secret = dialogOf({
      kind: 'variable',
      name: 'token',
      question: 'Token',
      match: null,
      choices: [],
      secret: true,
      default: null,
      from: null,
    });
    expect(secret.choices[0]?.fields[0]?.secret).toBe(true);
  });
});

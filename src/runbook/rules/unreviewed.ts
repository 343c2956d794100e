/** What nobody has looked at yet is said, so that it is looked at. */
import type { Body } from '../document.ts';
import { inside, type Place, type Rule } from '../model.ts';

export const unreviewed: Rule = ({ steps, main, runbook }, problems) => {
  const say = (body: Body, place: Place, what: string): void => {
    if (body.unreviewed === undefined) return;
    const at = inside(place, 'effect');
    const message = `${what} has not been reviewed: nobody has said whether it reads or changes`;
    const hint = 'run it once and answer, or say effect: read, idempotent or once';
    problems.at(at.doc, at.doc.tree.keySpan(at.path), { severity: 'note', code: 'unreviewed', message, hint });
  };
  const { target } = runbook;
  if (target !== undefined)
    say(target.identity, inside({ doc: main, path: ['target'] }, 'identity'), 'the identity of the target');
  for (const { step, place } of steps.values()) {
    say(step, place, step.title);
    if (step.doneWhen !== undefined) say(step.doneWhen, inside(place, 'done_when'), `done_when of ${step.title}`);
    if (step.undo.kind !== 'bodies') continue;
    const { bodies } = step.undo;
    const single = place.doc.tree.has(inside(place, 'undo', 'effect').path);
    for (const [index, body] of bodies.entries()) {
      say(body, single ? inside(place, 'undo') : inside(place, 'undo', index), `the undo of ${step.title}`);
    }
  }
};

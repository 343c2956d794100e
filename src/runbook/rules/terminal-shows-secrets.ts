/** A command that has the terminal prints past every mask: who gives it a secret is told. */
import { inside, type Rule } from '../model.ts';
import { unmaskedOnTerminal } from '../secrets-read.ts';

export const terminalShowsSecrets: Rule = ({ steps, runbook }, problems) => {
  for (const { step, place } of steps.values()) {
    const unmasked = unmaskedOnTerminal(runbook.vars, step);
    if (unmasked === null) continue;
    const hint = 'give it the secret without tty, or keep recordings of the terminal as you keep the secret';
    problems.note(inside(place, 'tty'), 'tty-secret', unmasked, hint);
  }
};

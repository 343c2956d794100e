/** `run`: a command that changes something, so it is never repeated unasked. */
import { commandDefinition } from './command.ts';
import { defineAction } from './define-action.ts';

export const run = defineAction({
  ...commandDefinition,
  name: 'run',
  about: 'run a script or a command that changes something',
  effect: 'once',
});

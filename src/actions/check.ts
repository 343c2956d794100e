/** `check`: a command that only reads, so it may be repeated. */
import { commandDefinition } from './command.ts';
import { defineAction } from './define-action.ts';

export const check = defineAction({
  ...commandDefinition,
  name: 'check',
  about: 'run a script or a command that only reads',
  effect: 'read',
});

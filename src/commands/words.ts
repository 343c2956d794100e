/** A refusal in the words of the command line: the use cases know no flags, and whoever typed one wants to see it named. */
import type { Input, Refusal, ValuePlace, VariableProblem } from '../app/refusal.ts';

const flags: Readonly<Record<Input, string>> = {
  adopt: '--adopt',
  against: '--against',
  archive: 'FILE',
  at: '--at',
  bundle: '--bundle',
  corrects: '--corrects',
  emergency: '--emergency',
  key: '--key',
  only: '--only',
  operator: '--operator',
  out: '--out',
  over: '--over',
  'take-over': '--take-over',
  reason: '--reason',
  refuse: '--refuse',
  repo: '--repo',
  sign: '--sign',
  signature: '--signature',
  to: '--to',
};

/** The message of a refusal, with the flag that is at fault before it. */
export function refusalText({ facts, message }: Refusal): string {
  switch (facts.code) {
    case 'bad-input': {
      const value = facts.value === null ? '' : ` ${facts.value}`;
      return `${flags[facts.input]}${value}: ${message}`;
    }
    case 'bad-variables':
      return facts.problems.map(problemText).join('\n');
    case 'nothing-changed':
      return `${flags.adopt}: ${message}`;
    default:
      return message;
  }
}

function problemText({ kind, name, place, why }: VariableProblem): string {
  if (kind === 'target') return `target ${name}: ${why}`;
  if (kind === 'program') return `program ${name}: ${why}`;
  return kind === 'unsettable'
    ? `${placeText(place)} ${name}: ${why}`
    : `variable ${name} (${placeText(place)}): ${why}`;
}

function placeText(place: ValuePlace): string {
  switch (place.kind) {
    case 'document':
      return 'in the document';
    case 'given':
      return '--var';
    case 'file':
      return '--vars';
    case 'default':
      return 'default';
    case 'environment':
      return `environment variable ${place.name}`;
  }
}

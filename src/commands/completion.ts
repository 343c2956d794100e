/** `gonogo completion SHELL`: a script for the shell; and the manual page, which the package is built with. */
import type { Command } from 'commander';
import {
  type Completed,
  type CompletedVerb,
  commandsPage,
  completionScript,
  manualPage,
  shells,
} from '../app/completion.ts';
import { version } from '../app/version.ts';
import { kinds } from '../authoring/templates.ts';
import { exitCodes } from '../engine/exit-code.ts';
import { type Io, UsageError } from './command.ts';

/** Prints the completion for `shell`; `man` and `markdown`: the pages that tell of every command. */
export async function completion(shell: string, program: Command, io: Io): Promise<number> {
  const verbs = verbsOf(program);
  if (shell === 'man') {
    io.stdout(manualPage(version, verbs));
    return exitCodes.done;
  }
  if (shell === 'markdown') {
    io.stdout(commandsPage(verbs));
    return exitCodes.done;
  }
  const known = shells.find((name) => name === shell);
  if (known === undefined) throw new UsageError(`there is no completion for ${shell}: use ${shells.join(', ')}`);
  io.stdout(completionScript(known, verbs));
  return exitCodes.done;
}

/** The verbs with their options, as completion and the manual tell of them. */
function verbsOf(program: Command): readonly CompletedVerb[] {
  return program.commands.map((command) => ({
    name: command.name(),
    about: command.description(),
    words: command.registeredArguments.map((word) => {
      const name = `${word.name()}${word.variadic ? '...' : ''}`;
      return { shown: word.required ? `<${name}>` : `[${name}]`, value: valueAt(command.name(), word.name()) };
    }),
    options: command.options.flatMap(({ long, description, required, optional }) =>
      long === undefined || long === null
        ? []
        : [{ flag: long, about: description, value: required || optional ? valueAt(command.name(), long) : null }],
    ),
  }));
}

/** Words that may stand behind an option or as the argument of a verb. */
export const words: Readonly<Record<string, readonly string[]>> = {
  'check --format': ['text', 'json', 'github', 'sarif'],
  'import --as': ['runbook', 'checklist'],
  'init --kind': kinds,
  'report --format': ['md', 'html', 'json', 'comment'],
  'completion shell': shells,
  'schema kind': ['runbook', 'checklist', 'drill'],
  'key verb': ['create', 'show'],
  'store verb': ['init', 'check', 'migrate'],
};

function valueAt(verb: string, place: string): Completed {
  const known = words[`${verb} ${place}`];
  if (known !== undefined) return { kind: 'words', words: known };
  return { kind: place === 'run' || place === 'path-or-run' ? 'run' : 'file' };
}

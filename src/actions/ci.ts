/**
 * `ci`: the commands that the repository's pipelines run, through scripts, targets, package scripts, hooks and reusable workflows.
 *
 * Invariants:
 * - Nothing is executed: pipelines are read as data.
 * - Every command that matches is counted; the first `commandsMax` are listed. A pattern sees one command at a time.
 */

import type { z } from 'zod';
import { cut } from '../diagnostics/cut.ts';
import { boolean, strict } from '../runbook/scalar.ts';
import { type Command, commandText } from '../search/ci/command.ts';
import { readPipelines } from '../search/ci/pipelines.ts';
import { lineSearch } from '../search/line-search.ts';
import { createSurvey } from '../search/survey.ts';
import type { Reading } from './action.ts';
import { type Context, defineAction } from './define-action.ts';
import { pattern } from './pattern.ts';
import { blind, onTarget, reading, stopwatch } from './reading.ts';

const schema = strict({
  runs: pattern,
  words: boolean.exactOptional(),
  /** A step that only prints a line like this stands for something that is not there yet. */
  placeholder: pattern.exactOptional(),
});
type Params = z.infer<typeof schema>;

const commandsMax = 1000;
const commandLengthMax = 400;
const textLengthMax = 512 * 1024;

export const ci = defineAction({
  name: 'ci',
  about: 'look what the pipelines run',
  params: schema,
  effect: 'read',
  fields: { count: 'int', commands: 'list<string>', text: 'string', pipelines: 'int' },
  foundWhen: 'count > 0',
  looksAtFiles: true,
  summary: ({ runs }) => `ci runs ${JSON.stringify(runs)}`,
  perform: (context) => {
    const elapsedMs = stopwatch(context);
    return onTarget(elapsedMs, () => perform(context, elapsedMs));
  },
});

async function perform({ target, params, cwd, survey }: Context<Params>, elapsedMs: () => number): Promise<Reading> {
  const compiled = lineSearch(params.runs, { words: params.words === true });
  if (!compiled.ok) return blind(`wrong pattern ${params.runs}: ${compiled.message}`, elapsedMs());
  const read = await readPipelines(survey ?? createSurvey(target.files, { respectIgnore: false }), cwd);
  if (!read.ok) return blind(read.message, elapsedMs());
  const fake = placeholders(params, read.commands);
  const real = read.commands.filter(
    ({ kind, text: command }) =>
      kind !== 'prints' && compiled.search.matches(kind === 'run' ? command : `${kind} ${command}`),
  );
  const found = fake.length > 0 ? fake : real;
  const commands = [...new Set(found.map((command) => shortened(commandText(command))))];
  return reading({
    fields: {
      count: BigInt(commands.length),
      commands: commands.slice(0, commandsMax),
      text: cut(found.map((command) => command.text).join('\n'), textLengthMax),
      pipelines: BigInt(read.files),
    },
    ...(commands.length === 0 ? { nothing: 'no command that a pipeline runs does this' } : {}),
    reason: whyNot(read.files, fake.length),
    ms: elapsedMs(),
  });
}

function placeholders({ placeholder }: Params, commands: readonly Command[]): readonly Command[] {
  const compiled = placeholder === undefined ? null : lineSearch(placeholder);
  if (compiled?.ok !== true) return [];
  return commands.filter(({ kind, text: command }) => kind === 'prints' && compiled.search.matches(command));
}

function whyNot(files: number, fake: number): string | null {
  if (files === 0) return 'there is no pipeline here';
  return fake === 0 ? null : 'a step only prints what it should do';
}

function shortened(line: string): string {
  return cut(line, commandLengthMax);
}

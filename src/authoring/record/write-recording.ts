/**
 * A recorded session as a runbook: a step for each command that was kept, its output above it as the expectation that is offered.
 *
 * Invariant: a command in it was given in the session, save for the folder that it is given in; each is `effect: unreviewed`.
 */
import type { ActionSpecs } from '../../runbook/action-spec.ts';
import { reservedIn } from '../../runbook/names.ts';
import { type DraftStep, type ImportNote, Notes } from '../import/draft.ts';
import { PageVariables } from '../import/page-variables.ts';
import { writeRunbook } from '../import/write-document.ts';
import type { Recorded } from './recording.ts';

export interface Session {
  readonly title: string;
  /** Folder in which it began, absolute. */
  readonly cwd: string;
  readonly commands: readonly Recorded[];
}

export interface WrittenRecording {
  /** The YAML. */
  readonly document: string;
  readonly steps: number;
  /** `line`: number of the command among those that were given. */
  readonly notes: readonly ImportNote[];
}

/** Lines of output that are offered above a step. */
const shownLinesMax = 20;
const expectedLengthMax = 160;

/** The runbook of the commands that were kept; null: there is none. */
export function writeRecording({ title, cwd, commands }: Session, specs: ActionSpecs): WrittenRecording | null {
  const notes = new Notes();
  const steps = commands.flatMap((one, index): DraftStep[] => {
    if (one.title === null) return [];
    const line = index + 1;
    if (one.exit !== 0)
      notes.add(
        line,
        `${firstLine(one.command)}: it ended with exit ${one.exit}; as a step it fails unless you expect that`,
      );
    return [
      {
        title: one.title === '' ? firstLine(one.command) : one.title,
        lines: { first: line, last: line },
        action: { kind: 'run', script: inFolder(one, cwd) },
        why: [],
        comments: offered(one),
        number: null,
        undo: [],
      },
    ];
  });
  if (steps.length === 0) return null;
  const reserved = reservedIn(specs);
  const variables = new PageVariables(reserved);
  variables.collect(
    steps.flatMap(({ action }) => (action.kind === 'run' ? [action.script] : [])),
    [],
  );
  const head = [
    'Recorded in a shell. A command with "effect: unreviewed" is shown and asked about before it first runs.',
  ];
  const phases = [{ id: 'main', comments: [], steps }];
  const draft = { title, comments: [], phases, rollback: { comments: [], triggers: [], steps: [] }, trailing: [] };
  const document = writeRunbook(draft, { variables, reserved, notes, links: new Map(), head });
  return { document, steps: steps.length, notes: notes.list };
}

/** The script: from the folder of the session to where it was given, and what was given. */
function inFolder({ command, cwd: from }: Recorded, cwd: string): string {
  if (from === cwd) return command;
  const way = from.startsWith(`${cwd}/`) ? from.slice(cwd.length + 1) : from;
  return `cd '${way.replaceAll("'", "'\\''")}' || exit\n${command}`;
}

function firstLine(command: string): string {
  return command.split('\n', 1)[0] ?? command;
}

/** What stands above a step. */
function offered({ output, exit }: Recorded): readonly string[] {
  const lines = output === '' ? [] : output.split('\n');
  const shown = lines.slice(0, shownLinesMax).map((line) => `  ${line}`);
  const more = lines.length > shownLinesMax ? [`  … and ${lines.length - shownLinesMax} more lines`] : [];
  const last = lines.findLast((line) => line.trim() !== '')?.trim() ?? '';
  const told = exit === 0 ? [] : [`It ended with exit ${exit} when it was recorded.`];
  const parts = [
    ...(exit === 0 ? [] : [`exit == ${exit}`]),
    ...(isQuotable(last) ? [`output.contains(${JSON.stringify(last)})`] : []),
  ];
  const expectation =
    parts.length === 0 ? [] : ['To expect that, add to the step:', `  expect: ${JSON.stringify(parts.join(' && '))}`];
  return [...told, ...(lines.length === 0 ? [] : ['It printed:', ...shown, ...more]), ...expectation];
}

/** Can an expectation hold `line`? One with a control character cannot be typed, and one with a template is refused. */
function isQuotable(line: string): boolean {
  return line !== '' && line.length <= expectedLengthMax && !/\p{C}/u.test(line) && !line.includes('${{');
}

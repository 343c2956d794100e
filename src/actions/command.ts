/**
 * What `run` and `check` share: a command under the attempt protocol, and what is read of it afterwards.
 *
 * Invariants:
 * - The same reading comes out whether this process waited for the command or an earlier one started it: everything comes
 *   from what the target kept.
 * - Of the output at most the last `textBytesMax` bytes of each stream come into memory; evidence covers all of it.
 */
import * as z from 'zod';
import type { RunningProcess } from '../run/event.ts';
import { goneReason, isKilled, lostReason, oneLine, timeoutReason } from '../run/failure.ts';
import type { WhyNever } from '../run/reading.ts';
import type { FieldType } from '../runbook/action-spec.ts';
import type { CelValue } from '../runbook/expression.ts';
import { oneOrMany, strict, text } from '../runbook/scalar.ts';
import type { Beginning, Command, Ending, Held, KeptOutput, LostLink, Stopped } from '../target/target.ts';
import type { Reading } from './action.ts';
import { type ActionDefinition, type Context, type Path, withShortForm } from './define-action.ts';
import { isUtf8, jsonField, reading, textBytesMax, textOf, textWithoutSecrets } from './reading.ts';

const long = strict({
  /** Text of a script, run as a file. */
  script: text.exactOptional(),
  /** A command and its arguments, without a shell. */
  argv: z.array(text).min(1).exactOptional(),
  /** The interpreter of `script` with its options. */
  shell: oneOrMany(text).exactOptional(),
})
  .refine((value) => (value.script === undefined) !== (value.argv === undefined), {
    error: 'there is nothing to run\ngive a script as text, or a list of a command and its arguments',
  })
  .refine((value) => value.shell === undefined || value.script !== undefined, {
    error: 'shell goes with a script, not with a list\ntake shell away, or write the command as text',
  });

/** A string is a script, a list a command without a shell. */
const params = withShortForm<string | string[], z.infer<typeof long>>(
  [text, z.array(text).min(1)],
  (value) => (typeof value === 'string' ? { script: value } : { argv: value }),
  long,
);
type Params = z.infer<typeof long>;

const fields: Readonly<Record<string, FieldType>> = {
  exit: 'int',
  output: 'string',
  stdout: 'string',
  json: 'dyn',
  ms: 'int',
};

const defaultShell = ['bash', '-euo', 'pipefail'];
const graceMs = 10_000;

/** Everything of a command action but its name, what it is about, and its effect. */
export const commandDefinition: Omit<ActionDefinition<Params>, 'name' | 'about' | 'effect'> = {
  params,
  siblings: ['shell'],
  fields,
  defaultExpect: 'exit == 0',
  captureField: 'stdout',
  onHosts: true,
  isScript: (path: Path) => path.length === 1 && path[0] === 'script',
  summary: ({ script, argv }) => script ?? (argv ?? []).map(quoted).join(' '),
  perform,
  recover,
  stop,
};

function quoted(argument: string): string {
  return /^[\w@%+=:,./{}$ -]+$/.test(argument) && !/^$|\s/.test(argument.replaceAll(/\$\{\{.*?\}\}/g, ''))
    ? argument
    : `'${argument.replaceAll("'", "'\\''")}'`;
}

async function perform(context: Context<Params>): Promise<Reading> {
  const beginning = await context.target.commands.begin(context.attempt, {
    command: commandOf(context.params),
    env: context.env,
    cwd: context.cwd,
    timeoutMs: context.timeoutMs,
    splitStderr: context.readsStdout,
    secrets: context.secrets,
    tty: context.tty,
    ...(context.lend === undefined ? {} : { lend: context.lend }),
    tethered: context.tethered === true,
    refusesAbsent: context.refusesAbsent === true,
    ...(context.expects === undefined ? {} : { expects: context.expects }),
    ...(context.become === undefined ? {} : { become: context.become }),
  });
  switch (beginning.kind) {
    case 'begun':
      return recover(context);
    case 'in-doubt':
      return beginning;
    case 'refused':
    case 'not-started':
    case 'unreachable':
    case 'drifted':
      return { kind: 'never-began', why: neverBegan(beginning) };
  }
}

/** Why nothing of an attempt began. */
export function neverBegan(beginning: Exclude<Beginning, { kind: 'begun' | 'in-doubt' }>): WhyNever {
  const { reason } = beginning;
  return beginning.kind === 'drifted'
    ? { cause: beginning.kind, reason, found: beginning.identity }
    : { cause: beginning.kind, reason };
}

async function recover(context: Context<Params>): Promise<Reading> {
  const { target, attempt, leave } = context;
  const held = ({ cause, processes }: Held): void => context.held?.({ cause, processes: masked(context, processes) });
  const link = (lost: LostLink | null): void => context.link?.(lost);
  const ending = await target.commands.wait(attempt, { tailBytesMax: textBytesMax, held, link }, leave);
  return ending.kind === 'exited' ? outcome(context, ending) : unfinished(ending);
}

/** The reading of a command that has not ended with a status. */
export function unfinished(ending: Exclude<Ending, { kind: 'exited' }>): Reading {
  switch (ending.kind) {
    case 'runs-on':
      return { kind: 'left' };
    case 'never-began':
      return {
        kind: 'never-began',
        why: ending.reason === null ? null : { cause: 'not-started', reason: ending.reason },
      };
    case 'in-doubt':
      return ending;
  }
}

async function stop(context: Context<Params>): Promise<Stopped> {
  const stopped = await context.target.commands.stop(context.attempt, graceMs);
  return stopped.kind === 'ended' ? stopped : { kind: 'runs-on', processes: masked(context, stopped.processes) };
}

function commandOf({ script, argv, shell }: Params): Command {
  if (argv !== undefined) return { kind: 'argv', argv };
  const words = shell === undefined ? defaultShell : shell.length === 1 ? (shell[0] ?? '').split(/\s+/) : shell;
  return { kind: 'script', text: script ?? '', shell: words.filter((word) => word !== '') };
}

function outcome(context: Context<Params>, ended: Extract<Ending, { kind: 'exited' }>): Reading {
  const { exit, timedOut, lost, ms, output, errors, left } = ended;
  const stdout = tailOf(output, context.tty);
  const stderr = errors === null || !context.readsStdout ? noOutput : tailOf(errors, false);
  const evidence = [output.evidence, errors?.evidence ?? null];
  const cutShort = timedOut || lost || output.evidence === null || isKilled(exit);
  const apart = context.readsStdout ? standardOutput(stdout) : notApart;
  return reading({
    fields: { exit: BigInt(exit), output: stdout.text + stderr.text, ms: BigInt(ms), ...apart.fields },
    absent: apart.absent,
    ...(stdout.isText && stderr.isText ? {} : { garbled: garbledFields(stdout) }),
    exit,
    ms,
    reason: failureOf(context, ended),
    evidence: evidence.filter((item) => item !== null),
    ...(cutShort ? { unsure: true } : {}),
    ...(left.length === 0 ? {} : { left: masked(context, left) }),
  });
}

/** Why it has failed whatever it printed; null: it has not. */
function failureOf(
  { timeoutMs, tty }: Context<Params>,
  { exit, timedOut, lost, output }: Extract<Ending, { kind: 'exited' }>,
): string | null {
  if (output.evidence === null && !tty) return goneReason;
  if (timedOut && timeoutMs !== null) return timeoutReason(timeoutMs);
  return lost ? lostReason(exit) : null;
}

/** What standard output alone gives is whole where only standard error is not text. */
function garbledFields({ isText }: Tail): readonly string[] {
  return isText ? ['output'] : ['output', 'stdout', 'json'];
}

/** A command line may hold what a script filled in. */
function masked({ secrets }: Context<Params>, processes: readonly RunningProcess[]): readonly RunningProcess[] {
  return processes.map(({ pid, command }) => ({ pid, command: oneLine(textWithoutSecrets(command, secrets), 200) }));
}

interface Tail {
  readonly text: string;
  readonly whole: boolean;
  readonly isText: boolean;
}

const noOutput: Tail = { text: '', whole: true, isText: true };
const notApart = {
  fields: {},
  absent: { stdout: 'standard output was not kept apart', json: 'standard output was not kept apart' },
} as const;

function standardOutput(stdout: Tail): {
  readonly fields: Readonly<Record<string, CelValue>>;
  readonly absent: Readonly<Record<string, string>>;
} {
  const trimmed = stdout.text.trim();
  const json = stdout.whole
    ? jsonField(trimmed, 'standard output')
    : { fields: {}, absent: { json: 'standard output is larger than 1 MiB' } };
  return { fields: { stdout: trimmed, ...json.fields }, absent: json.absent };
}

/** What was shown on the terminal, without the lines that `script` puts around its record. */
function withoutFrame(text: string): string {
  return text.replace(/^Script started on [^\n]*\n/, '').replace(/(?:\r?\n)?\nScript done on [^\n]*\n?$/, '\n');
}

/** The end of a stream: what went wrong is said last. */
function tailOf({ tail: { start, bytes } }: KeptOutput, tty: boolean): Tail {
  // A cut through a character would show as a replacement character that the command never printed.
  const first = start === 0 ? 0 : bytes.findIndex((byte) => (byte & 0xc0) !== 0x80);
  const own = bytes.subarray(Math.max(0, first));
  const text = textOf(own);
  return { text: tty ? withoutFrame(text) : text, whole: start === 0, isText: isUtf8(own) };
}

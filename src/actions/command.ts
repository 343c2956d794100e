/**
 * What `run` and `check` share: a command under the attempt protocol, and what is read of it afterwards.
 *
 * Invariants:
 * - The same reading comes out whether this process waited for the command or an earlier one started it: everything is
 *   read from the attempt's folder.
 * - Of the output at most the last `textBytesMax` bytes of each file come into memory; evidence covers all of it.
 */
import * as z from 'zod';
import { type AttemptKnown, type Command, type GrowingDigest, HostError } from '../host/host.ts';
import { timeoutReason } from '../run/failure.ts';
import type { FieldType } from '../runbook/action-spec.ts';
import type { CelValue } from '../runbook/expression.ts';
import { oneOrMany, strict, text } from '../runbook/scalar.ts';
import type { Reading } from './action.ts';
import { type ActionDefinition, type Context, type Path, withShortForm } from './define-action.ts';
import { evidenceOf, failed, jsonField, reading, textBytesMax, textOf } from './reading.ts';

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
/** From when on a command counts as long. */
const longMs = 150;

/** Everything of a command action but its name, what it is about, and its effect. */
export const commandDefinition: Omit<ActionDefinition<Params>, 'name' | 'about' | 'effect'> = {
  params,
  siblings: ['shell'],
  fields,
  defaultExpect: 'exit == 0',
  captureField: 'stdout',
  isScript: (path: Path) => path.length === 1 && path[0] === 'script',
  summary: ({ script, argv }) => script ?? (argv ?? []).map(quoted).join(' '),
  perform,
  recover,
  stop: async ({ host, folder, bootId }) => (await host.attempts.stop(folder, bootId, graceMs)).kind !== 'alive',
};

function quoted(argument: string): string {
  return /^[\w@%+=:,./{}$ -]+$/.test(argument) && !/^$|\s/.test(argument.replaceAll(/\$\{\{.*?\}\}/g, ''))
    ? argument
    : `'${argument.replaceAll("'", "'\\''")}'`;
}

async function perform(context: Context<Params>): Promise<Reading> {
  const { host, folder } = context;
  try {
    await host.attempts.start({
      folder,
      command: commandOf(context.params),
      env: context.env,
      cwd: context.cwd,
      timeoutMs: context.timeoutMs,
      splitStderr: context.readsStdout,
      secrets: context.secrets,
      tty: context.tty,
    });
  } catch (error) {
    if (error instanceof HostError) return failed(`the command could not be started: ${error.message}`, 0);
    throw error;
  }
  return recover(context);
}

async function recover(context: Context<Params>): Promise<Reading> {
  const waiting = context.host.attempts.wait(context.folder, context.bootId, context.leave);
  const growing = await followLong(context, waiting);
  const known = await waiting;
  if (known.kind !== 'exited') growing?.stop();
  switch (known.kind) {
    case 'exited':
      return outcome(context, known, growing);
    case 'alive':
      return { kind: 'left' };
    case 'never-ran':
      return { kind: 'never-ran' };
    case 'in-doubt':
      return known;
  }
}

/** A command that takes longer than a moment may print a lot: its output is hashed as it comes. */
async function followLong({ host, folder }: Context<Params>, waiting: Promise<unknown>): Promise<GrowingDigest | null> {
  const ended = new AbortController();
  const end = (): void => ended.abort();
  waiting.then(end, end);
  await host.clock.sleep(longMs, ended.signal);
  return ended.signal.aborted ? null : host.files.follow(`${folder}/output.log`);
}

function commandOf({ script, argv, shell }: Params): Command {
  if (argv !== undefined) return { kind: 'argv', argv };
  const words = shell === undefined ? defaultShell : shell.length === 1 ? (shell[0] ?? '').split(/\s+/) : shell;
  return { kind: 'script', text: script ?? '', shell: words.filter((word) => word !== '') };
}

async function outcome(
  context: Context<Params>,
  { exit, timedOut }: Extract<AttemptKnown, { kind: 'exited' }>,
  growing: GrowingDigest | null,
): Promise<Reading> {
  const ms = await durationMs(context);
  const stdout = await tailOf(context, 'output.log');
  const stderr = context.readsStdout ? await tailOf(context, 'stderr.log') : noOutput;
  const evidence = [await evidenceOf(context, 'output.log', growing), await evidenceOf(context, 'stderr.log')];
  const apart = context.readsStdout ? standardOutput(stdout) : notApart;
  return reading({
    fields: { exit: BigInt(exit), output: stdout.text + stderr.text, ms: BigInt(ms), ...apart.fields },
    absent: apart.absent,
    exit,
    ms,
    reason: timedOut && context.timeoutMs !== null ? timeoutReason(context.timeoutMs) : null,
    evidence: evidence.filter((item) => item !== null),
  });
}

interface Tail {
  readonly text: string;
  readonly whole: boolean;
}

const noOutput: Tail = { text: '', whole: true };
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

/** The end of a file: what went wrong is said last. */
async function tailOf({ host, folder }: Context<Params>, name: string): Promise<Tail> {
  const path = `${folder}/${name}`;
  const facts = await host.files.facts(path);
  if (facts === null) return noOutput;
  const start = Math.max(0, facts.bytes - textBytesMax);
  const bytes = await host.files.readRange(path, start, textBytesMax);
  // A cut through a character would show as a replacement character that the command never printed.
  const first = start === 0 ? 0 : bytes.findIndex((byte) => (byte & 0xc0) !== 0x80);
  return { text: textOf(bytes.subarray(Math.max(0, first))), whole: start === 0 };
}

/** From the claim to the exit, by the times of their files: true for whoever waited. */
async function durationMs({ host, folder }: Context<Params>): Promise<number> {
  const claim = await host.files.facts(`${folder}/claim`);
  const exit = await host.files.facts(`${folder}/exit`);
  if (claim === null || exit === null) return 0;
  return Math.max(0, Math.round(exit.modifiedMs - claim.modifiedMs));
}

/** What every target promises of commands, as scenarios for whichever target is held to it. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AttemptRef, type CommandSpec, type Target, toAttemptId } from '../../src/target/target.ts';

/** A target of a run of its own. */
export interface HeldTarget {
  readonly target: Target;
  /** An absolute folder over there, which is empty. */
  readonly folder: string;
  /** Whether a file is over there, or here of a path relative to the run. */
  exists(path: string): boolean;
  /** Makes an empty file over there. */
  touch(path: string): void;
  /** Whether this run's folder holds the file. */
  isKept(path: string): boolean;
  close(): Promise<void>;
}

const tail = { tailBytesMax: 8 };
const never = new AbortController().signal;

export function script({ folder }: HeldTarget, text: string, given: Partial<CommandSpec> = {}): CommandSpec {
  return {
    command: { kind: 'script', text, shell: ['sh'] },
    env: { without: [], set: {} },
    cwd: folder,
    timeoutMs: null,
    splitStderr: false,
    secrets: [],
    tty: false,
    ...given,
  };
}

/** Declares the scenarios. */
export function everyTargetPromises(open: () => Promise<HeldTarget>): void {
  let held: HeldTarget;
  let target: Target;
  let attempt: AttemptRef;
  beforeEach(async () => {
    held = await open();
    target = held.target;
    attempt = { id: toAttemptId('steps/001-one/1'), bootId: await target.bootId() };
  });
  afterEach(() => held.close());

  test('output arrives while the command runs, from the offset that is asked for', async () => {
    const begun = await target.commands.begin(
      attempt,
      script(held, 'printf "one two"; until test -e go; do sleep 0.02; done; printf " three"'),
    );
    expect(begun).toEqual({ kind: 'begun' });
    const ended = new AbortController();
    let seen = '';
    for await (const { bytes } of target.commands.follow(attempt, 'output', 4, ended.signal)) {
      seen += Buffer.from(bytes).toString();
      if (seen === 'two') held.touch(`${held.folder}/go`);
      if (seen === 'two three') ended.abort();
    }
    expect(seen).toBe('two three');
  });

  test('a window shows a part and how much there is; of an attempt that has printed nothing it is empty', async () => {
    const { commands } = target;
    expect(await commands.window(attempt, 'output', 0, 10)).toEqual({ start: 0, bytes: new Uint8Array(0), total: 0 });
    await commands.begin(attempt, script(held, 'printf 0123456789'));
    await commands.wait(attempt, tail, never);
    const window = await commands.window(attempt, 'output', 2, 3);
    expect({ ...window, bytes: Buffer.from(window.bytes).toString() }).toEqual({ start: 2, bytes: '234', total: 10 });
    expect((await commands.window(attempt, 'output', 99, 3)).bytes).toHaveLength(0);
  });

  test('the ending holds the end of each stream and evidence of all of it, within the run', async () => {
    const spec = script(held, 'printf 0123456789; printf oops >&2; exit 3', { splitStderr: true });
    await target.commands.begin(attempt, spec);
    expect(await target.commands.wait(attempt, tail, never)).toMatchObject({
      kind: 'exited',
      exit: 3,
      output: { evidence: { path: 'steps/001-one/1/output.log', bytes: 10 }, tail: { start: 2, total: 10 } },
      errors: { evidence: { path: 'steps/001-one/1/stderr.log', bytes: 4 }, tail: { start: 0, total: 4 } },
    });
    expect(held.isKept('steps/001-one/1/output.log')).toBe(true);
  });

  test('a child has the environment of the target, then its own, without what is kept from it', async () => {
    const env = { without: ['HOME'], set: { OWN: `it's "1" $HOME\n` } };
    await target.commands.begin(attempt, script(held, 'printf "$OWN|${HOME-none}|${PATH:+path}"', { env }));
    const ending = await target.commands.wait(attempt, { tailBytesMax: 100 }, never);
    expect(ending.kind === 'exited' && Buffer.from(ending.output.tail.bytes).toString()).toBe(
      `it's "1" $HOME\n|none|path`,
    );
  });

  test('an argv is run as it is: nothing is expanded', async () => {
    const words = ['a  b', '', "it's", '$HOME', '*', 'x\ny', '`id`', '-n', '\\'];
    const command = { kind: 'argv', argv: ['printf', '%s|', ...words] } as const;
    await target.commands.begin(attempt, script(held, '', { command }));
    const ending = await target.commands.wait(attempt, { tailBytesMax: 100 }, never);
    expect(ending.kind === 'exited' && Buffer.from(ending.output.tail.bytes).toString()).toBe(
      words.map((word) => `${word}|`).join(''),
    );
  });

  test('what cannot be begun is refused, and nothing of it ran', async () => {
    const beginning = await target.commands.begin(
      attempt,
      script(held, `touch ${held.folder}/ran`, { cwd: `${held.folder}/nowhere` }),
    );
    expect(beginning).toMatchObject({ kind: 'refused', reason: expect.stringContaining('nowhere') });
    expect(held.exists(`${held.folder}/ran`)).toBe(false);
  });

  test('an attempt is begun once: who begins it again is told that it may have run', async () => {
    const spec = script(held, `echo ran >> ${held.folder}/ran`);
    expect(await target.commands.begin(attempt, spec)).toEqual({ kind: 'begun' });
    expect(await target.commands.begin(attempt, spec)).toMatchObject({ kind: 'in-doubt' });
    expect(await target.commands.wait(attempt, tail, never)).toMatchObject({ kind: 'exited', exit: 0 });
  });

  test('a command is ended when its time is up, and says so', async () => {
    await target.commands.begin(attempt, script(held, 'echo begun; sleep 600; echo no', { timeoutMs: 300 }));
    expect(await target.commands.wait(attempt, tail, never)).toMatchObject({
      kind: 'exited',
      exit: 143,
      timedOut: true,
    });
  });

  test('what a command leaves running is named', async () => {
    await target.commands.begin(attempt, script(held, 'sleep 613 & echo left'));
    const ending = await target.commands.wait(attempt, tail, never);
    const left = ending.kind === 'exited' ? ending.left : [];
    expect(left.map(({ command }) => command)).toEqual(['sleep 613']);
    process.kill(left[0]?.pid ?? 0);
  });

  test('with a signal that has aborted it only looks', async () => {
    await target.commands.begin(attempt, script(held, 'sleep 600'));
    expect(await target.commands.wait(attempt, tail, AbortSignal.abort())).toEqual({ kind: 'runs-on' });
    expect(await target.commands.runs(attempt)).toBe(true);
    expect(await target.commands.stop(attempt, 1000)).toEqual({ kind: 'ended' });
    expect(await target.commands.wait(attempt, tail, AbortSignal.abort())).toMatchObject({ kind: 'exited', exit: 143 });
    expect(await target.commands.runs(attempt)).toBe(false);
  });

  test('who waits may give up, and somebody else waits on', async () => {
    await target.commands.begin(attempt, script(held, 'until test -e go; do sleep 0.02; done; echo late'));
    const given = new AbortController();
    const waited = target.commands.wait(attempt, tail, given.signal);
    given.abort();
    expect(await waited).toEqual({ kind: 'runs-on' });
    held.touch(`${held.folder}/go`);
    expect(await target.commands.wait(attempt, tail, never)).toMatchObject({ exit: 0, output: { tail: { total: 5 } } });
  });

  test('a stop ends what ignores TERM and what has left the session', async () => {
    const text = `trap '' TERM; setsid sleep 614 & while :; do sleep 0.1; done`;
    await target.commands.begin(attempt, script(held, text));
    expect(await target.commands.stop(attempt, 300)).toEqual({ kind: 'ended' });
    expect(await target.commands.wait(attempt, tail, never)).toMatchObject({ kind: 'exited', exit: 137, left: [] });
  });
}

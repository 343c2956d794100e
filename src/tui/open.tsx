/**
 * Opens the app, over the whole screen or in a region of it, and leaves the terminal as it was, whatever happens.
 *
 * Invariants:
 * - The alternate screen, raw mode and the cursor are put back before anything is printed and before an error goes on.
 * - SIGTERM and SIGHUP let go of the run (what runs goes on) and end the app; SIGTSTP and SIGCONT leave and restore the screen.
 * - Importing this loads Ink: the caller decides about colour (`FORCE_COLOR`) before.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Instance, render } from 'ink';
import type { Shows, TerminalLease } from '../app/terminal-lease.ts';
import { type Trouble, troubleText } from '../app/trouble.ts';
import type { Watched } from '../app/watched.ts';
import type { Session } from '../engine/session.ts';
import { App, inlineRows } from './app.tsx';
import { type Attention, AttentionSeeker } from './attention.ts';
import { Controller } from './controller.ts';
import { takeOverFirstFrame } from './first-frame.ts';
import type { Home, TerminalIo } from './home.ts';
import type { Binding } from './keys/binding.ts';
import { withoutMouse } from './mouse-input.ts';
import { lookFor, type Theme } from './present/look.ts';
import { summaryLines } from './present/outcome.ts';
import type { Exit } from './run-desk.ts';
import { type CallAfter, WaitingCall } from './waiting-call.ts';

export interface OpenOptions {
  readonly home: Home;
  /** The run to show; without one the home screen opens. */
  readonly session?: Session | undefined;
  /** The run to watch. */
  readonly watched?: Watched | undefined;
  readonly io: TerminalIo;
  /** What is said first. */
  readonly notice?: string;
  /** The operator's keys; absent: ours. */
  readonly keys?: readonly Binding[];
  readonly theme?: Theme;
  /** Absent: the terminal is told nothing beside the screen. */
  readonly attention?: Attention;
  /** The terminal is to tell of the mouse, while the whole screen is shown. */
  readonly mouse?: boolean;
  /** Absent: nobody is told when the run waits long. */
  readonly call?: CallAfter | undefined;
  /** A region of a few rows on the normal screen, below what is over, instead of the whole screen. */
  readonly inline?: boolean;
  /** Through it a command gets the terminal. */
  readonly lease?: TerminalLease | undefined;
  /** What keeps the run from being recorded, as it comes and goes. */
  readonly trouble?: Trouble | undefined;
}

/** Runs the app until it is left and prints a plain summary of the run. Resolves with the exit code. Rejects with what broke the run. */
export async function openTerminalApp(options: OpenOptions): Promise<number> {
  const { home, io } = options;
  const look = lookFor(io.env, options.theme);
  const controller = new Controller({
    home,
    session: options.session ?? null,
    watched: options.watched ?? null,
    look,
    ...(options.keys === undefined ? {} : { keys: options.keys }),
    columns: io.stdout.columns ?? 80,
    rows: options.inline === true ? inlineRows(io.stdout.rows ?? 24) : (io.stdout.rows ?? 24),
    inline: options.inline === true,
    now: () => io.now(),
    offsetMs: (atMs) => io.offsetMs(atMs),
  });
  const exit = await show(controller, options);
  if (exit.state !== null) io.stdout.write(`${summaryLines(exit.state, exit.report, look, io.now()).join('\n')}\n`);
  if (exit.error !== null) throw exit.error;
  return exit.code;
}

async function show(controller: Controller, options: OpenOptions): Promise<Exit> {
  const { io } = options;
  const stepping = new Stepping(io, options.lease ?? null);
  const attention =
    options.attention === undefined
      ? null
      : new AttentionSeeker(options.attention, io.env, (text) => io.stdout.write(text));
  const call = options.call === undefined ? null : new WaitingCall(options.call, (text) => controller.tell(text));
  const unsubscribe = controller.subscribe(() => {
    const { run, now } = controller.view();
    call?.look(run === null || run.readOnly ? null : run, now);
    // A command that has the terminal has its title too.
    if (!stepping.isAway) attention?.look(controller.view());
  });
  const instance = render(<App controller={controller} onScreen={(suspend) => stepping.attach(suspend)} />, {
    stdin: options.mouse === true ? withoutMouse(io.stdin, (event) => controller.mouse(event)) : io.stdin,
    stdout: withMouse(fromCleared(io.stdout, takeOverFirstFrame()), options.mouse === true),
    stderr: io.stderr,
    exitOnCtrlC: false,
    patchConsole: true,
    maxFps: 60,
    incrementalRendering: true,
    alternateScreen: options.inline !== true,
    interactive: true,
  });
  const signals = [
    io.onSignal('SIGTERM', () => controller.interrupted()),
    io.onSignal('SIGHUP', () => controller.interrupted()),
    // At a command that has the terminal Ctrl-C is the command's.
    io.onSignal('SIGINT', () => (stepping.isAway ? undefined : controller.interrupted())),
    io.onSignal('SIGTSTP', () => stepping.stop()),
    io.onSignal('SIGCONT', () => stepping.goOn()),
  ];
  controller.attachTerminal({
    suspend: () => stepping.stop(),
    redraw: () => stepping.redraw(),
    page: (lines) => stepping.aside(() => io.page(lines)),
    copy: (text) => void io.stdout.write(clipboardText(text, io.env)),
  });
  try {
    controller.start();
    if (options.notice !== undefined) controller.tell(options.notice);
    options.trouble?.subscribe((words) => controller.tell(troubleText(words)));
    return await Promise.race([controller.done, brokenScreen(instance)]);
  } catch (error) {
    await controller.letGo();
    throw error;
  } finally {
    stepping.letGo();
    unsubscribe();
    attention?.end();
    controller.dispose();
    options.lease?.attach(null);
    // The region goes; what is above it stays.
    if (options.inline === true) instance.clear();
    instance.unmount();
    await instance.waitUntilExit().catch(() => undefined); // Its error has won the race above.
    for (const off of signals) off();
  }
}

/**
 * The terminal, whose alternate screen begins cleared and with the cursor at home whenever it is entered: terminals leave the cursor
 * where it was, and some leave what the last program drew there. `entered`: it is entered already, and what stands there stays until
 * the first frame comes.
 */
function fromCleared(stdout: TerminalIo['stdout'], entered: boolean): TerminalIo['stdout'] {
  let kept = entered;
  const prepared = (text: string): string => {
    if (!kept) return text.replaceAll(enterAlternate, `${enterAlternate}${clearAndHome}`);
    const shown = text.replace(enterAlternate, '');
    if (shown.replaceAll(controls, '').trim() === '') return shown;
    kept = false;
    return `${clearAndHome}${shown}`;
  };
  return rewriting(stdout, prepared);
}

/** The terminal that tells of the mouse as long as its alternate screen is shown, where `wanted`. */
function withMouse(stdout: TerminalIo['stdout'], wanted: boolean): TerminalIo['stdout'] {
  if (!wanted) return stdout;
  return rewriting(stdout, (text) =>
    text
      .replaceAll(enterAlternate, `${enterAlternate}${hearMouse}`)
      .replaceAll(leaveAlternate, `${ignoreMouse}${leaveAlternate}`),
  );
}

/** `stdout` to which every text is written as `rewrite` makes it. */
function rewriting(stdout: TerminalIo['stdout'], rewrite: (text: string) => string): TerminalIo['stdout'] {
  const write = (text: unknown, ...rest: readonly unknown[]): boolean =>
    Boolean(Reflect.apply(stdout.write, stdout, [typeof text === 'string' ? rewrite(text) : text, ...rest]));
  return new Proxy(stdout, {
    get: (target, name) => {
      if (name === 'write') return write;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** OSC 52: the terminal takes `text` to its clipboard. tmux takes it itself, or hands on what is wrapped for that, as it is set up. */
function clipboardText(text: string, env: TerminalIo['env']): string {
  const sequence = `\x1b]52;c;${Buffer.from(text, 'utf8').toString('base64')}\x07`;
  return (env['TMUX'] ?? '') === ''
    ? sequence
    : `${sequence}\x1bPtmux;${sequence.replaceAll('\x1b', '\x1b\x1b')}\x1b\\`;
}

const controls = /\x1b\[[?0-9;]*[A-Za-z]/g;
const enterAlternate = '\x1b[?1049h';
const leaveAlternate = '\x1b[?1049l';
/** Buttons and wheel (1000), in a form for screens of any size (1006). */
const hearMouse = '\x1b[?1000h\x1b[?1006h';
const ignoreMouse = '\x1b[?1006l\x1b[?1000l';
const clearAndHome = '\x1b[2J\x1b[H';

/** Never resolves; rejects when the screen itself fails. */
async function brokenScreen(instance: Instance): Promise<never> {
  await instance.waitUntilExit();
  return await new Promise<never>(() => undefined);
}

type StepAside = (use: () => Promise<void>) => Promise<void>;

/** Leaving the screen for a while: to the shell, to a command, or only to draw it again. One at a time. */
class Stepping {
  readonly #io: TerminalIo;
  readonly #lease: TerminalLease | null;
  #suspend: StepAside | null = null;
  /** Ends the wait for a key. */
  #back: (() => void) | null = null;
  /** Ends the stop that is under way. */
  #resume: (() => void) | null = null;
  /** The last of those who have or wait for the terminal. */
  #last: Promise<void> = Promise.resolve();
  #away = 0;

  constructor(io: TerminalIo, lease: TerminalLease | null) {
    this.#io = io;
    this.#lease = lease;
  }

  get isAway(): boolean {
    return this.#away > 0;
  }

  attach(suspend: StepAside | null): void {
    this.#suspend = suspend;
    this.#lease?.attach(suspend === null ? null : (use, shows) => this.#aside(() => this.#onFreshLine(use, shows)));
  }

  /** As Ctrl-Z: the terminal is put back, then this process stops until SIGCONT. */
  stop(): void {
    if (this.#away > 0) {
      this.#io.stopSelf();
      return;
    }
    void this.#aside(async () => {
      const continued = new Promise<void>((resolve) => {
        this.#resume = resolve;
      });
      this.#io.stopSelf();
      await continued;
      this.#resume = null;
    });
  }

  /** SIGCONT: ends our own stop; after any other stop the screen is drawn again. */
  goOn(): void {
    if (this.#resume !== null) this.#resume();
    else if (this.#away === 0) this.redraw();
  }

  redraw(): void {
    if (this.#away === 0) void this.#aside(async () => undefined);
  }

  /** The screen comes back where the cursor is, so a command that ended in the middle of a line would shift all of it. */
  async #onFreshLine(use: () => Promise<void>, shows: Shows): Promise<void> {
    await use().finally(() => this.#io.stdout.write('\r\n'));
    if (shows === 'output') await this.#anyKey();
  }

  /** What the command has shown stays until it was read. */
  async #anyKey(): Promise<void> {
    const { stdin, stdout } = this.#io;
    const { promise, resolve } = Promise.withResolvers<void>();
    const back = (): void => resolve();
    this.#back = back;
    stdout.write('Press a key to go back to gonogo ');
    stdin.setRawMode(true);
    stdin.once('data', back).once('end', back).resume();
    await promise;
    this.#back = null;
    stdin.off('data', back).off('end', back).pause();
    // The stream lets go in the next turn, and whoever listens before that hears nothing.
    await nextTurn();
    stdin.setRawMode(false);
    stdout.write('\r\n');
  }

  /** Nobody is waited for any more. */
  letGo(): void {
    this.#back?.();
  }

  /** Without a reader left the stream would still take what is typed, and the command would wait for it. */
  async #withoutInput(use: () => Promise<void>): Promise<void> {
    await nextTurn();
    this.#io.stdin.pause();
    await nextTurn();
    await use();
  }

  /** Runs `use` with the terminal as it was before the screen. */
  aside(use: () => Promise<void>): Promise<void> {
    return this.#aside(use);
  }

  async #aside(use: () => Promise<void>): Promise<void> {
    this.#away += 1;
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    await before;
    try {
      await (this.#suspend === null ? use() : this.#suspend(() => this.#withoutInput(use)));
    } finally {
      this.#away -= 1;
      resolve();
    }
  }
}

/**
 * One session on another machine: an `ssh` of ours, behind which `sh` reads what we send and answers in frames.
 *
 * Invariants:
 * - The first thing sent only asks who is there. Nothing that does anything is sent before that is answered, so of a session that
 *   never answered it is certain that nothing was done.
 * - Everything goes by standard input: the words of `ssh` and of the shell over there are the same for every session.
 * - Whatever exit `ssh` has, it only says that the session is over.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { Socket } from 'node:net';
import { helloText } from './far-text.ts';
import { type FrameReader, Frames } from './frames.ts';

/** Who answered. `far`: its clock when it did, epoch ms; `near`: ours about then. */
export interface Hello {
  readonly bootId: string;
  readonly machineId: string | null;
  readonly hostname: string;
  readonly home: string;
  readonly farMs: number;
  readonly nearMs: number;
}

/** The session is over. `message`: what ssh said of it last, on one line; `said`: all of it. `answered`: whether somebody had been there. */
export class SessionOver extends Error {
  override readonly name = 'SessionOver';
  readonly said: string;
  readonly answered: boolean;
  constructor(message: string, said: string, answered: boolean) {
    super(message);
    this.said = said;
    this.answered = answered;
  }
}

const ignoring: FrameReader = { line: () => undefined, bytes: () => undefined };

/** Whether the key is unknown or another one than before is in this line; the last one says of both only that it was not taken. */
const tellsOfKey = (line: string): boolean => line.endsWith('you have requested strict checking.');

/** How much of what ssh says is kept. */
const errorsKept = 8192;

export class FarSession {
  readonly #child: ChildProcess;
  readonly #frames: Frames;
  readonly #now: () => number;
  #reader: FrameReader = ignoring;
  #answered: Hello | null = null;
  #done: ((error: SessionOver | null) => void) | null = null;
  #over: SessionOver | null = null;
  #errors = '';
  readonly #log: () => string;
  /** Called once, when the session is over. */
  onOver: () => void = () => undefined;

  /** `words`: of the program that leads there, the program first. `log`: what else is known of why it failed. */
  constructor(words: readonly string[], env: NodeJS.ProcessEnv, now: () => number, log: () => string = () => '') {
    const [program = 'ssh', ...rest] = words;
    this.#now = now;
    this.#log = log;
    this.#frames = new Frames(`gonogo-${randomBytes(16).toString('hex')}`);
    // The command is one that any shell reads the same way, that of csh and fish too.
    this.#child = spawn(program, [...rest, 'exec /bin/sh'], { stdio: ['pipe', 'pipe', 'pipe'], env });
    this.#child.stdin?.on('error', () => undefined);
    this.#child.stdout?.on('data', (chunk: Buffer) => this.#take(chunk));
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#errors = (this.#errors + chunk.toString('utf8')).slice(-errorsKept);
    });
    this.#child.on('error', (error) => this.#end(`ssh is not installed on this machine (${error.message})`));
    // Not on `close`: a master that stays behind may hold the streams.
    this.#child.on('exit', (code, signal) => this.#exited(code, signal));
  }

  get isOver(): boolean {
    return this.#over !== null;
  }

  get isBusy(): boolean {
    return this.#done !== null;
  }

  /** Who is there. Rejects with `SessionOver`. */
  hello(): Promise<Hello> {
    const facts: Record<string, string> = {};
    return this.ask(helloText(this.#frames.marker), {
      line: (word, rest) => {
        facts[word] = rest;
      },
      bytes: () => undefined,
    }).then(() => {
      const hello = readHello(facts, this.#now());
      this.#answered = hello;
      return hello;
    });
  }

  /** Has `text` run there and tells `reader` of the answer. Resolves at its end; rejects with `SessionOver`. One at a time. */
  ask(text: string, reader: FrameReader): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#over !== null) {
        reject(this.#over);
        return;
      }
      this.#reader = reader;
      this.#hold();
      this.#done = (error) => {
        this.#done = null;
        this.#reader = ignoring;
        this.#letGo();
        if (error === null) resolve();
        else reject(error);
      };
      this.#child.stdin?.write(text);
    });
  }

  /** Ends it. What runs there under the attempt protocol runs on. */
  close(reason = 'closed'): void {
    if (this.#over !== null) return;
    this.#end(reason);
    this.#child.kill('SIGTERM');
  }

  #take(chunk: Buffer): void {
    if (this.#over !== null) return;
    const reader: FrameReader = {
      line: (word, rest) => {
        if (word === 'Z') this.#done?.(null);
        else this.#reader.line(word, rest);
      },
      bytes: (word, at, bytes) => this.#reader.bytes(word, at, bytes),
    };
    try {
      if (!this.#frames.push(chunk, reader)) this.close('what came back is nothing that the attempt protocol says');
    } catch (error) {
      this.close(error instanceof Error ? error.message : String(error));
    }
  }

  #exited(code: number | null, signal: NodeJS.Signals | null): void {
    // What it has written is still in the pipe.
    const stdout = this.#child.stdout;
    const end = (): void => {
      const said = this.#said();
      const none = signal === null ? `ssh ended with ${code ?? '?'}` : `ssh was ended by ${signal}`;
      this.#end(said.findLast(tellsOfKey) ?? said.at(-1) ?? none, [...said, none].join('\n'));
    };
    if (stdout === null || stdout.readableEnded) end();
    else {
      stdout.once('end', end);
      setTimeout(end, 1000).unref();
    }
  }

  #said(): readonly string[] {
    return `${this.#log()}\n${this.#errors}`
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && !/^(debug\d|OpenSSH_|Authenticated to |Transferred: |Bytes per )/.test(line));
  }

  #end(reason: string, said = reason): void {
    if (this.#over !== null) return;
    this.#over = new SessionOver(reason, said, this.#answered !== null);
    this.#child.stdin?.destroy();
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
    this.#done?.(this.#over);
    this.onOver();
  }

  /** A session that waits for nothing keeps nobody alive. */
  #letGo(): void {
    this.#child.unref();
    for (const stream of [this.#child.stdin, this.#child.stdout, this.#child.stderr])
      if (stream instanceof Socket) stream.unref();
  }

  #hold(): void {
    this.#child.ref();
    for (const stream of [this.#child.stdin, this.#child.stdout, this.#child.stderr])
      if (stream instanceof Socket) stream.ref();
  }
}

/** Reads the frames `I` and `H`. `nearMs`: our clock when they came. */
export function readHello(facts: Readonly<Record<string, string>>, nearMs: number): Hello {
  const [bootId = '-', machineId = '-', clock = '', ...name] = (facts['I'] ?? '').split(' ');
  // Without fractions of a second `date` gives its letters back.
  const digits = /^\d+/.exec(clock)?.[0] ?? '0';
  const farMs = digits.length > 12 ? Number(digits.slice(0, 13)) : Number(digits) * 1000;
  return {
    bootId,
    machineId: machineId === '-' ? null : machineId,
    hostname: name.join(' '),
    home: facts['H'] ?? '/',
    farMs,
    nearMs,
  };
}

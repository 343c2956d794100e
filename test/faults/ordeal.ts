/**
 * One run of `everything.ts` by the built command, with a fault at one of its calls, brought to its end by an operator who looks
 * at the world before answering; and what must hold then.
 *
 * Invariants: an operator answers only what is asked, from what the commands did and never from what is recorded; nothing here
 * waits for a guessed time.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { verify } from '../../src/app/verify.ts';
import { openWorld } from '../../src/app/world.ts';
import { failing, lineOf, type Story, type StoryName, secret, stories, target, writeDocuments } from './everything.ts';
import { type Fault, faultEnvironment } from './preload.ts';

const bin = join(import.meta.dirname, '../../dist/gonogo.cjs');
/** More than any story takes: whoever is not at the end by then waits for what never comes. */
const roundsMax = 25;
const hangsMs = 300_000;

/** What broke, one line each, and at which call; `calls`: how many the first process made. */
export interface Outcome {
  readonly problems: readonly string[];
  readonly faulted: readonly string[];
  readonly calls: readonly string[];
}

interface Ended {
  readonly code: number | string;
  readonly stderr: string;
}

const pausedSchema = z.looseObject({ type: z.string(), data: z.looseObject({ waiting: z.string().optional() }) });

class Ordeal {
  readonly root = mkdtempSync(join(tmpdir(), 'gonogo-fault-'));
  readonly work = join(this.root, 'work');
  readonly problems: string[] = [];
  readonly sent: string[] = [];
  /** How often the health of the service was asked; the first answer is bad. */
  #asked = 0;
  #server: Server | null = null;
  #files = 0;
  readonly #name: StoryName;
  readonly story: Story;

  constructor(name: StoryName) {
    this.#name = name;
    this.story = stories[name];
  }

  async open(): Promise<string> {
    const server = createServer((request, response) => {
      request.resume();
      const path = (request.url ?? '').slice(1);
      if (path === 'health') this.#asked += 1;
      else this.sent.push(path);
      response.end(JSON.stringify({ ok: path !== 'health' || this.#asked > 1 }));
    });
    this.#server = server;
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return writeDocuments(this.work, this.#name, `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`);
  }

  async close(): Promise<void> {
    this.#server?.closeAllConnections();
    this.#server?.close();
    rmSync(this.root, { recursive: true, force: true });
  }

  /** What was done by now. */
  done(): readonly string[] {
    const lines = readFileSync(join(this.work, 'log'), 'utf8').split('\n').slice(0, -1);
    return [...lines, ...this.sent];
  }

  async gonogo(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    const child: ChildProcess = spawn(process.execPath, [bin, ...args], {
      cwd: this.work,
      env: {
        ...process.env,
        NO_COLOR: '1',
        GONOGO_STATE: join(this.work, 'state'),
        XDG_CONFIG_HOME: join(this.root, 'config'),
        FAULTS_TOKEN: secret,
        ...env,
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr?.on('data', (text) => {
      stderr += String(text);
    });
    const hangs = setTimeout(() => child.kill('SIGABRT'), hangsMs);
    // Of what it left running nothing holds its standard error, so that closes with it.
    const [code, signal] = await once(child, 'close');
    clearTimeout(hangs);
    if (signal === 'SIGABRT') this.problems.push(`${args[0]} hung: ${lastLine(stderr)}`);
    return { code: signal ?? code ?? -1, stderr };
  }

  /** What the run says that it waits for; null: there is no run, or it was not left in order. */
  waiting(): string | null {
    const last = this.events().at(-1);
    return last?.type === 'run.paused' ? (last.data.waiting ?? null) : null;
  }

  events(): readonly z.infer<typeof pausedSchema>[] {
    const runs = join(this.work, 'state/runs');
    try {
      const id = readdirSync(runs).find((name) => !name.startsWith('.'));
      if (id === undefined) return [];
      const text = readFileSync(join(runs, id, 'journal.jsonl'), 'utf8');
      // The last line may be torn.
      const lines = text.slice(0, text.lastIndexOf('\n')).split('\n');
      return lines.map((line) => pausedSchema.parse(JSON.parse(line)));
    } catch {
      return [];
    }
  }

  /** A new answers file with what anybody answers and the decision that is waited for. */
  answersFile(): string {
    this.#files += 1;
    const path = join(this.root, `answers-${this.#files}.yaml`);
    const all = { ...this.story.answers, ...decision(this.waiting() ?? '', this.done()) };
    writeFileSync(path, `# ${this.#files}\n${JSON.stringify(all)}\n`);
    return path;
  }

  holdsSecret(): readonly string[] {
    const state = join(this.work, 'state');
    return readdirSync(state, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
      .filter((path) => readFileSync(path).includes(secret));
  }
}

/** What an operator decides who sees `done`. */
function decision(waiting: string, done: readonly string[]): Readonly<Record<string, unknown>> {
  const did = (step: string): boolean => done.includes(lineOf(step));
  const reason = 'I looked';
  const doubt = /^a decision: the outcome of (\S+) is in doubt/.exec(waiting)?.[1];
  if (doubt !== undefined) {
    const as = !did(doubt) ? 'rerun' : failing.has(doubt) ? 'failed' : 'passed';
    return { [doubt]: { settle: as, reason } };
  }
  const failed = /^a decision: (\S+) failed: /.exec(waiting)?.[1];
  if (failed !== undefined) return { [failed]: did(failed) ? { passed: reason } : { retry: reason } };
  const blocked = /^a decision: (\S+) is no-go/.exec(waiting)?.[1];
  if (blocked !== undefined) return { [blocked]: { retry: reason } };
  const unread = /^a decision: the target of (\S+) cannot be read/.exec(waiting)?.[1];
  if (unread !== undefined) return { [unread]: { retry: reason } };
  const undone = /^a decision: whether (\S+) is done already could not be read/.exec(waiting)?.[1];
  if (undone !== undefined) return { [undone]: { retry: reason } };
  const late = /^a decision: whether the target of (\S+), which reads/.exec(waiting)?.[1];
  if (late !== undefined) return { [late]: { accept: reason } };
  const text = /^the text of (\S+)/.exec(waiting)?.[1];
  return text === undefined ? {} : { [text]: target };
}

/** The exit codes with which a run is left that goes on. */
const goesOn = new Set<number | string>([3, 5, 'SIGKILL']);

const endCodes = { completed: 0, 'rolled-back': 1 } as const;

/** A story, and what goes wrong in the process that starts the run and in the one that resumes it. */
export interface Trial {
  readonly story: StoryName;
  readonly fault: Fault | null;
  readonly second: Fault | null;
}

/** Plays the story of `trial` to its end; `library`: of `faults.c`. */
export async function ordeal(library: string, { story, fault, second }: Trial): Promise<Outcome> {
  const own = new Ordeal(story);
  const logs = [join(own.root, 'calls-1'), join(own.root, 'calls-2')];
  const file = await own.open();
  const { problems } = own;
  try {
    const faults = [fault, second];
    let last: Ended = { code: -1, stderr: '' };
    for (let round = 0; round < roundsMax && problems.length === 0; round += 1) {
      const before = own.events().length;
      const begun = before > 0;
      const words = begun ? ['resume', 'latest'] : ['run', file];
      const [one, log] = [faults[round] ?? null, logs[round]];
      const injected =
        log === undefined || (round > 0 && one === null)
          ? {}
          : faultEnvironment(library, own.work, { ...(one === null ? {} : { fault: one }), log });
      last = await own.gonogo([...words, '--headless', '--answers', own.answersFile()], injected);
      if (last.code === endCodes[own.story.ends]) break;
      const lost = own.events().length === 0 && own.done().length === 0;
      // A run that cannot be locked is refused: nothing of it was touched, and the next command goes on.
      const refused = begun && last.code === 2 && own.events().length === before;
      if (!goesOn.has(last.code) && !(one !== null && (refused || (lost && last.code !== 70))))
        problems.push(`${words[0]} ended with ${last.code}: ${lastLine(last.stderr)}`);
    }
    if (problems.length === 0) problems.push(...(await judged(own, last)));
    const [calls = [], again = []] = logs.map(linesOf);
    const faulted = [...calls, ...again].filter((line) => line.endsWith(' FAULT'));
    return { problems, faulted, calls };
  } finally {
    await own.close();
  }
}

/** What does not hold at the end. */
async function judged(own: Ordeal, last: Ended): Promise<readonly string[]> {
  if (last.code !== endCodes[own.story.ends])
    return [`not at its end after ${roundsMax} rounds: ${own.waiting()}; ${lastLine(last.stderr)}`];
  const problems: string[] = [];
  const done = own.done();
  const { expected } = own.story;
  const refused = new Set(own.events().flatMap(({ type, data }) => (type === 'attempt.voided' ? [data['step']] : [])));
  for (const line of expected) {
    const times = done.filter((one) => one === line).length;
    // What fails anyway and could not be begun has failed as it should.
    const begun = !(failing.has(line) && refused.has(line));
    if (times !== 1 && (begun || times !== 0)) problems.push(`"${line}" was done ${times} times`);
  }
  for (const line of done) if (!expected.includes(line)) problems.push(`"${line}" was done, and nobody asked for it`);
  const ended = own.events().findLast(({ type }) => type === 'run.ended');
  if (ended?.data['status'] !== own.story.ends) problems.push(`it ended as ${String(ended?.data['status'])}`);
  problems.push(...(await unverified(own)));
  for (const path of own.holdsSecret()) problems.push(`the secret is in ${path}`);
  return problems;
}

/** What `verify` finds wrong with the run: by its use case, because a process of its own takes as long as all the rest. */
async function unverified({ work }: Ordeal): Promise<readonly string[]> {
  const world = await openWorld({ state: join(work, 'state') });
  const { ok, checks } = await verify(world, { name: 'latest', head: null, atMs: null });
  return ok ? [] : [`it does not verify: ${JSON.stringify(checks.filter((check) => !check.ok))}`];
}

function lastLine(text: string): string {
  return text.trim().split('\n').slice(-3).join(' / ');
}

function linesOf(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8').trim().split('\n');
  } catch {
    return [];
  }
}

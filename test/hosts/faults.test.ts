/**
 * What may happen to the way, and to whoever is at either end of it, while a command runs on another machine. After each: how often it
 * ran, by the lines that it appended, against what its driver says of it.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type AttemptRef,
  type Beginning,
  type CommandSpec,
  type Ending,
  type LostLink,
  toAttemptId,
} from '../../src/target/target.ts';
import { FarServer, tolerating } from './far-server.ts';

const never = new AbortController().signal;
const tail = { tailBytesMax: 1000 };
let far: FarServer;
let bootId: string;
let counted = 0;

beforeAll(async () => {
  // A dead server is noticed within seconds, as the operator's configuration has it.
  far = await FarServer.start({ ssh: 'ServerAliveInterval 1\n  ServerAliveCountMax 2\n  ConnectTimeout 2' });
  bootId = await (await far.hosts()).hosts.host('far').bootId();
});
afterAll(() => far.dispose());

function script(text: string): CommandSpec {
  return {
    command: { kind: 'script', text, shell: ['sh'] },
    env: { without: [], set: {} },
    cwd: '/~',
    timeoutMs: null,
    splitStderr: false,
    secrets: [],
    tty: false,
  };
}

/** A command that says that it ran, and ends when it is told to. */
class Counted {
  readonly log: string;
  readonly go: string;
  readonly attempt: AttemptRef;
  readonly text: string;

  constructor() {
    counted += 1;
    this.log = far.at(`ran-${counted}`);
    this.go = far.at(`go-${counted}`);
    this.attempt = { id: toAttemptId(`steps/${counted}/1`), bootId };
    this.text = `echo ran >>${this.log}; echo before; until test -e ${this.go}; do sleep 0.05; done; echo after`;
  }

  get lines(): number {
    return far.lines(this.log);
  }

  end(): void {
    writeFileSync(this.go, '');
  }

  async runs(): Promise<void> {
    await until(`${this.log} has a line`, () => this.lines > 0);
  }
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries += 1) {
    if (tries > 2000) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function output(ending: Ending): string {
  return ending.kind === 'exited' ? Buffer.from(ending.output.tail.bytes).toString() : JSON.stringify(ending);
}

/** Begins it, has `fault` happen while it runs, and waits for the end with the driver that began it. */
async function through(
  fault: (one: Counted) => Promise<void> | void,
): Promise<{ readonly ending: Ending; readonly links: readonly (LostLink | null)[]; readonly one: Counted }> {
  const one = new Counted();
  const { commands } = (await far.hosts()).hosts.host('far');
  expect(await commands.begin(one.attempt, script(one.text))).toEqual({ kind: 'begun' });
  await one.runs();
  const links: (LostLink | null)[] = [];
  const waited = commands.wait(one.attempt, { ...tail, link: (lost) => links.push(lost) }, never);
  await fault(one);
  one.end();
  return { ending: await waited, links, one };
}

async function surviving(fault: (one: Counted) => Promise<void> | void): Promise<readonly (LostLink | null)[]> {
  const { ending, links, one } = await through(fault);
  expect(output(ending)).toBe('before\nafter\n');
  expect(one.lines).toBe(1);
  return links;
}

test('the server’s half of the connection is killed', async () => {
  const links = await surviving(async () => {
    far.cut();
    await until('the connection is gone', () => far.halves().length === 0);
  });
  expect(links.at(0)).toMatchObject({ lostSince: expect.any(Number), reason: expect.stringMatching(/./) });
  expect(links.at(-1)).toBeNull();
});

test('the master of the connection is killed', async () => {
  const links = await surviving(() => {
    const found = spawnSync('ps', ['-A', '-o', 'pid=,args='], { encoding: 'utf8' }).stdout;
    const masters = found.split('\n').filter((line) => line.includes(`ssh: ${far.folder}`) && line.includes('[mux]'));
    expect(masters.length).toBeGreaterThan(0);
    for (const line of masters) tolerating(() => process.kill(Number.parseInt(line, 10), 'SIGKILL'));
  });
  expect(links.at(-1)).toBeNull();
});

test('sshd is killed with all that it has, and comes again', async () => {
  await surviving(async () => {
    far.cut();
    await far.end();
    await far.listen();
  });
});

test('sshd and all that it has are stopped for a while', async () => {
  const links = await surviving(async () => {
    const all = [...far.halves(), far.pid];
    for (const pid of all) process.kill(pid, 'SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 5000));
    for (const pid of all) tolerating(() => process.kill(pid, 'SIGCONT'));
  });
  expect(links.at(-1)).toBeNull();
});

test('what supervises the command is killed: it is in doubt when the command has ended, and not before', async () => {
  const { ending, one } = await through(async ({ attempt }) => {
    const claim = readFileSync(`${far.there(runOf(attempt), attempt.id)}/claim`, 'utf8');
    process.kill(Number.parseInt(claim, 10), 'SIGKILL');
  });
  expect(ending).toMatchObject({ kind: 'in-doubt', reason: expect.stringContaining('supervisor') });
  expect(one.lines).toBe(1);
});

/** The run in which an attempt is, over there. */
function runOf({ id }: AttemptRef): string {
  for (let run = 1; ; run += 1) if (existsSync(far.there(`run-${run}`, id))) return `run-${run}`;
}

function driver(one: Counted, run: string) {
  const asked = { folder: far.at('runs', run), run, host: 'far', id: one.attempt.id, bootId, text: one.text };
  const child = spawn(process.execPath, [new URL('driver.ts', import.meta.url).pathname], {
    env: { ...far.env, ASKED: JSON.stringify(asked) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (text) => (said += String(text)));
  return { child, said: () => said };
}

test('the driver is killed while the command runs, and another one resumes', async () => {
  const one = new Counted();
  const begun = driver(one, 'killed');
  await one.runs();
  begun.child.kill('SIGKILL');
  await once(begun.child, 'exit');
  const { commands } = (await far.hosts('killed')).hosts.host('far');
  expect(await commands.runs(one.attempt)).toBe(true);
  const waited = commands.wait(one.attempt, tail, never);
  one.end();
  expect(output(await waited)).toBe('before\nafter\n');
  expect(one.lines).toBe(1);
});

test('the driver is killed at any moment of a begin, and another one resumes: what ran is known to have run', async () => {
  const kinds = new Set<string>();
  for (let delay = 0; delay < 2600; delay += 200) {
    const one = new Counted();
    one.end();
    const run = `moment-${delay}`;
    const begun = driver(one, run);
    await until('it is ready', () => begun.said().includes('ready'));
    await new Promise((resolve) => setTimeout(resolve, delay));
    begun.child.kill('SIGKILL');
    const ending = await (await far.hosts(run)).hosts.host('far').commands.wait(one.attempt, tail, never);
    kinds.add(ending.kind);
    if (ending.kind === 'exited') expect([output(ending), one.lines]).toEqual(['before\nafter\n', 1]);
    else expect([ending.kind, one.lines]).toEqual(['never-began', 0]);
  }
  expect([...kinds].sort()).toEqual(['exited', 'never-began']);
});

test('the connection is cut at any moment of a begin: it runs once, or nothing of it ever does', async () => {
  const kinds: string[] = [];
  for (let delay = 0; delay < 300; delay += 20) {
    const one = new Counted();
    one.end();
    const { commands } = (await far.hosts()).hosts.host('far');
    const beginning = commands.begin(one.attempt, script(one.text));
    await new Promise((resolve) => setTimeout(resolve, delay));
    far.cut();
    const begun = await beginning;
    kinds.push(begun.kind === 'begun' ? '' : begun.reason);
    if (begun.kind === 'begun') {
      expect(output(await commands.wait(one.attempt, tail, never))).toBe('before\nafter\n');
      expect(one.lines).toBe(1);
    } else {
      expect(begun.kind).toBe('unreachable');
      expect(one.lines).toBe(0);
    }
  }
  // The server was there all the time.
  expect(kinds.filter((reason) => reason !== '')).toEqual([]);
});

test('of ten who begin the same attempt one does', async () => {
  const one = new Counted();
  one.end();
  const begun: Promise<Beginning>[] = [];
  for (let number = 0; number < 10; number += 1) {
    // Each has a run's folder of its own here, as copies of a run on different machines have.
    const { hosts } = await far.hosts('raced', null, `raced-${number}`);
    begun.push(hosts.host('far').commands.begin(one.attempt, script(one.text)));
  }
  const kinds = (await Promise.all(begun)).map(({ kind }) => kind);
  expect(kinds.sort()).toEqual(['begun', ...Array.from({ length: 9 }, () => 'in-doubt')]);
  await until('it ran', () => one.lines > 0);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(one.lines).toBe(1);
});

test('output that comes while the link is cut again and again is whole', async () => {
  const one = new Counted();
  const { commands } = (await far.hosts()).hosts.host('far');
  const text = `for n in $(seq 1 60); do seq $n 20000; sleep 0.05; done; sha256sum <<X >${one.log}\nx\nX`;
  await commands.begin(one.attempt, script(text));
  const waited = commands.wait(one.attempt, { tailBytesMax: 6 }, never);
  let over = false;
  void waited.then(() => (over = true));
  for (let cuts = 0; cuts < 8 && !over; cuts += 1) {
    await new Promise((resolve) => setTimeout(resolve, 400));
    far.cut();
  }
  const ending = await waited;
  const expected = Array.from({ length: 60 }, (_, n) =>
    Array.from({ length: 20_000 - n }, (_, m) => `${n + m + 1}\n`).join(''),
  ).join('');
  expect(ending).toMatchObject({ kind: 'exited', exit: 0, lost: false, output: { tail: { total: expected.length } } });
  const kept = await commands.window(one.attempt, 'output', 0, expected.length);
  expect(Buffer.from(kept.bytes).equals(Buffer.from(expected))).toBe(true);
});

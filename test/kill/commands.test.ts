/**
 * Commands that write files, killed at each change of the disk that they make, in the middle of each write too: the same command
 * then finishes the work, or says that it is finished. `GONOGO_DEATHS` says at how many of those places each command is killed;
 * unset: a few, spread over all; the soak takes every one.
 */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Bench, bin, type Ended } from '../resume/gonogo.ts';
import { makeKeyFile } from '../signing/workbench.ts';

const kills = Number(process.env['GONOGO_DEATHS'] ?? '5');

/**
 * A module that kills its process at place number DIE_AT among the changes that it makes to the disk, counted from 1: before each,
 * after a file is made, and with half of a write done. In the end it leaves the number of places in the file COUNT.
 */
const deadly = `const fs = require('node:fs');
const promises = require('node:fs/promises');
const last = Number(process.env.DIE_AT);
let places = 0;
const { kill } = process;
const write = fs.writeFileSync;
function place() {
  places += 1;
  if (places === last) kill(process.pid, 'SIGKILL');
}
function half(bytes) {
  return bytes.slice(0, Math.floor(bytes.length / 2));
}
for (const name of ['mkdirSync', 'renameSync', 'linkSync', 'rmSync', 'unlinkSync', 'chmodSync', 'fsyncSync']) {
  const original = fs[name];
  fs[name] = (...args) => { place(); return original(...args); };
}
fs.writeFileSync = (path, content, options) => {
  place();
  if (places + 1 === last) write(path, half(content), options);
  place();
  return write(path, content, options);
};
for (const name of ['mkdir', 'rename', 'link', 'rm', 'unlink']) {
  const original = promises[name];
  promises[name] = (...args) => { place(); return original(...args); };
}
const open = promises.open;
promises.open = async (path, flags, mode) => {
  const makes = (Number(flags) & fs.constants.O_CREAT) !== 0;
  if (makes) place();
  const file = await open(path, flags, mode);
  if (makes) place();
  const own = { write: file.write.bind(file) };
  file.write = async (bytes, from, length, at) => {
    place();
    if (places + 1 === last) await own.write(bytes, from, Math.floor(length / 2), at);
    place();
    return own.write(bytes, from, length, at);
  };
  for (const name of ['sync', 'datasync', 'truncate', 'chmod']) {
    const original = file[name].bind(file);
    file[name] = (...args) => { place(); return original(...args); };
  }
  return file;
};
process.on('exit', () => { if (process.env.COUNT) write(process.env.COUNT, String(places)); });
require('node:module').syncBuiltinESMExports();
`;

/** A folder `work` of the bench that is laid out anew, by the same path, for each death. */
class Mortal {
  readonly bench = new Bench();
  readonly work = this.bench.path('work');
  readonly #pristine = this.bench.path('pristine');
  readonly #hook = this.bench.write('deadly.cjs', deadly);

  constructor() {
    mkdirSync(this.work);
  }

  gonogo(...args: readonly string[]): Promise<Ended> {
    return this.#run(args, {});
  }

  #run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
    const child = spawn(process.execPath, [bin, ...args], {
      cwd: this.work,
      env: { ...process.env, HOME: this.work, GONOGO_STATE: join(this.work, 'state'), NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (text) => {
      stdout += String(text);
    });
    child.stderr.on('data', (text) => {
      stderr += String(text);
    });
    return new Promise((done) => {
      child.on('close', (code, signal) => done({ code: signal ?? code ?? -1, stdout, stderr }));
    });
  }

  /**
   * Kills the command at places of its life, each time from how things are now, and then gives it again, which must end with 0, or
   * with 2 and `finished`. `holds` is called after that.
   */
  async dies(args: readonly string[], finished: RegExp, holds: () => Promise<void> | void): Promise<void> {
    cpSync(this.work, this.#pristine, { recursive: true });
    const env = { NODE_OPTIONS: `--require ${this.#hook}` };
    const counted = this.bench.path('places');
    expect(await this.#run(args, { ...env, COUNT: counted })).toMatchObject({ code: 0 });
    const places = Number(readFileSync(counted, 'utf8'));
    expect(places).toBeGreaterThan(2);
    const step = Math.max(1, places / kills);
    let died = 0;
    for (let at = 1; at <= places; at += step) {
      rmSync(this.work, { recursive: true });
      cpSync(this.#pristine, this.work, { recursive: true });
      const first = await this.#run(args, { ...env, DIE_AT: String(Math.round(at)) });
      if (first.code === 'SIGKILL') died += 1;
      const again = await this.gonogo(...args);
      const said = `killed at ${Math.round(at)} of ${places}: ${again.stderr}`;
      if (again.code !== 0) {
        expect(again.code, said).toBe(2);
        expect(again.stderr, said).toMatch(finished);
      }
      await holds();
    }
    expect(died).toBeGreaterThan(Math.min(kills, places) / 2);
    rmSync(this.#pristine, { recursive: true });
  }

  write(name: string, text: string): string {
    return this.bench.write(`work/${name}`, text);
  }

  read(name: string): string {
    return readFileSync(join(this.work, name), 'utf8');
  }

  /** Names of all files below `name` but hidden ones. */
  files(name: string): readonly string[] {
    const top = join(this.work, name);
    const found = readdirSync(top, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
    return found.map((one) => relative(top, join(one.parentPath, one.name))).sort();
  }
}

const never = /^\b$/;
const release = `runbook: Release
phases:
  all:
    - { id: build, run: echo built > built; echo built, undo: { run: rm built } }
    - { id: look, check: test -e built }
`;

async function released(mortal: Mortal): Promise<{ readonly alice: string; readonly bob: string }> {
  const alice = makeKeyFile(mortal.work, 'alice', ['-t', 'ed25519']);
  const bob = makeKeyFile(mortal.work, 'bob', ['-t', 'ed25519']);
  mortal.write('allowed_signers', `alice ${alice.publicLine}bob ${bob.publicLine}`);
  expect(await mortal.gonogo('run', mortal.write('release.yaml', release))).toMatchObject({ code: 0 });
  return { alice: 'alice', bob: 'bob' };
}

describe('killed at any change of the disk, the same command finishes the work:', {
  timeout: 40_000 + kills * 30_000,
}, () => {
  test('a report', async () => {
    const mortal = new Mortal();
    await released(mortal);
    await mortal.dies(['report', 'latest', '--out', 'report'], never, async () => {
      expect(await mortal.gonogo('verify', 'report')).toMatchObject({ code: 0 });
      expect(mortal.files('report').filter((name) => /(^|\/)\./.test(name))).toEqual([]);
    });
  });

  test('a signed report with its bundle', async () => {
    const mortal = new Mortal();
    const { alice } = await released(mortal);
    const args = ['report', 'latest', '--out', 'report', '--sign', alice, '--bundle', 'release.tar.gz'];
    await mortal.dies(args, /is there already/, async () => {
      const trusted = ['--allowed-signers', 'allowed_signers'];
      expect(await mortal.gonogo('verify', 'release.tar.gz', ...trusted)).toMatchObject({ code: 0 });
      expect(mortal.files('report').filter((name) => /(^|\/)\./.test(name))).toEqual([]);
    });
  });

  test('a second signature', async () => {
    const mortal = new Mortal();
    const { alice, bob } = await released(mortal);
    expect((await mortal.gonogo('report', 'latest', '--out', 'report', '--sign', alice)).code).toBe(0);
    await mortal.dies(
      ['report', 'latest', '--out', 'report', '--sign', bob],
      /signed this report already/,
      async () => {
        const { code, stdout } = await mortal.gonogo(
          'verify',
          'report',
          '--allowed-signers',
          'allowed_signers',
          '--json',
        );
        expect(code).toBe(0);
        expect(JSON.parse(stdout).signers).toHaveLength(2);
      },
    );
  });

  test('a key', async () => {
    const mortal = new Mortal();
    await mortal.dies(['key', 'create'], /is there already/, async () => {
      const shown = await mortal.gonogo('key', 'show');
      expect(shown.code).toBe(0);
      expect(shown.stdout).toContain('ssh-ed25519 ');
      expect(mortal.read('.config/gonogo/key')).toMatch(/^-----BEGIN[\s\S]+END OPENSSH PRIVATE KEY-----\n$/);
    });
  });

  test('a repository that is begun', async () => {
    const [whole, mortal] = [new Mortal(), new Mortal()];
    expect((await whole.gonogo('init')).code).toBe(0);
    const names = whole.files('.');
    await mortal.dies(['init'], never, () => {
      for (const name of names) expect(mortal.read(name)).toBe(whole.read(name));
    });
  });

  test('pages that are imported', async () => {
    const mortal = new Mortal();
    for (const name of ['a', 'b']) mortal.write(`${name}.md`, `# Page ${name}\n\n1. Look at it.\n2. Do it.\n`);
    const args = ['import', 'a.md', 'b.md', '--out', 'made'];
    await mortal.dies(args, /is there already/, async () => {
      expect(mortal.files('made').filter((name) => !name.startsWith('.'))).toEqual(['a.yaml', 'b.yaml']);
      expect((await mortal.gonogo('check', 'made/a.yaml', 'made/b.yaml')).code).toBe(0);
    });
  });

  test('a document that is formatted: it is there at every moment', async () => {
    const mortal = new Mortal();
    const text = `runbook:   Release\nphases: { all: [ { id: look,   check: 'true' } ] }\n`;
    mortal.write('release.yaml', text);
    await mortal.gonogo('fmt', 'release.yaml');
    const formatted = mortal.read('release.yaml');
    expect(formatted).not.toBe(text);
    mortal.write('release.yaml', text);
    await mortal.dies(['fmt', 'release.yaml'], never, () => {
      expect(mortal.read('release.yaml')).toBe(formatted);
    });
  });

  test('a changed document that is adopted', async () => {
    const mortal = new Mortal();
    const text = 'runbook: Waits\nphases: { all: [{ id: go, manual: Go. }, { id: last, run: echo one > last }] }\n';
    const file = mortal.write('release.yaml', text);
    mortal.write('answers.yaml', 'go: done\n');
    expect((await mortal.gonogo('run', file)).code).toBe(3);
    mortal.write('release.yaml', text.replace('echo one', 'echo two'));
    const args = ['resume', 'latest', '--adopt', 'the name was wrong', '--answers', 'answers.yaml'];
    await mortal.dies(args, never, async () => {
      expect(mortal.read('last')).toBe('two\n');
      expect(await mortal.gonogo('verify', 'latest')).toMatchObject({ code: 0 });
    });
  });

  test('the list of runs, and its cache', async () => {
    const mortal = new Mortal();
    await released(mortal);
    rmSync(join(mortal.work, 'state/index.json'), { force: true });
    await mortal.dies(['list'], never, async () => {
      expect((await mortal.gonogo('list')).stdout).toContain('completed');
      expect(existsSync(join(mortal.work, 'state/index.json'))).toBe(true);
    });
  });
});

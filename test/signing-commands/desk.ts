/**
 * A desk to work at: a state folder, keys made by ssh-keygen, allowed signers, and the commands as functions that return what they
 * printed. Nothing of the person who runs the tests is read: home and git configuration are the desk's own.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll } from 'vitest';
import * as z from 'zod';
import { type ApproveOptions, approve } from '../../src/commands/approve.ts';
import type { Io } from '../../src/commands/command.ts';
import { report as tellError } from '../../src/commands/failure.ts';
import { head } from '../../src/commands/head.ts';
import { key } from '../../src/commands/key.ts';
import { type ReportOptions, report } from '../../src/commands/report.ts';
import { resume } from '../../src/commands/resume.ts';
import { run } from '../../src/commands/run.ts';
import { note } from '../../src/commands/send.ts';
import { show } from '../../src/commands/show.ts';
import { type VerifyOptions, verify } from '../../src/commands/verify.ts';
import { assertHonest } from '../journals/honest.ts';
import { type KeyFile, makeKeyFile, tool } from '../signing/workbench.ts';

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const jsonSchema = z.strictObject({
  ok: z.boolean(),
  signed: z.boolean(),
  trusted: z.boolean(),
  checks: z.array(z.strictObject({ name: z.string(), ok: z.boolean(), detail: z.string() })),
  signers: z.array(z.strictObject({ key: z.string(), principal: z.string().nullable(), trusted: z.boolean() })),
});
export type Verified = z.infer<typeof jsonSchema> & { readonly code: number };

export class Desk {
  /** Everything of the desk lies in here. */
  readonly folder: string;
  readonly state: string;
  readonly alice: KeyFile;
  readonly bob: KeyFile;
  readonly carol: KeyFile;
  /** Trusts alice and bob, by these names. */
  readonly allowed: string;

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'gonogo-desk-'));
    afterAll(() => {
      try {
        assertHonest(this.state);
      } finally {
        rmSync(this.folder, { recursive: true, force: true });
      }
    });
    this.state = join(this.folder, 'state');
    mkdirSync(join(this.folder, 'home'));
    process.env['HOME'] = join(this.folder, 'home');
    process.env['GIT_CONFIG_NOSYSTEM'] = '1';
    for (const name of [
      'XDG_CONFIG_HOME',
      'SSH_AUTH_SOCK',
      'GONOGO_ALLOWED_SIGNERS',
      'GONOGO_STATE',
      'GIT_CONFIG_GLOBAL',
    ]) {
      delete process.env[name];
    }
    this.alice = makeKeyFile(this.folder, 'alice', ['-t', 'ed25519']);
    this.bob = makeKeyFile(this.folder, 'bob', ['-t', 'ed25519']);
    this.carol = makeKeyFile(this.folder, 'carol', ['-t', 'ed25519']);
    this.allowed = this.put('allowed_signers', `alice ${this.alice.publicLine}bob ${this.bob.publicLine}`);
  }

  path(...parts: readonly string[]): string {
    return join(this.folder, ...parts);
  }

  put(name: string, content: string | Uint8Array): string {
    const path = this.path(name);
    writeFileSync(path, content);
    return path;
  }

  /** Runs a document without a terminal. `answers`: the text of an answers file. */
  run(document: string, answers?: string): Promise<Said> {
    const path = this.put(`${this.#next()}.yaml`, document);
    const answered = answers === undefined ? undefined : this.put(`${this.#next()}.answers.yaml`, answers);
    return said((io) => run(path, { headless: true, state: this.state, answers: answered }, io));
  }

  resume(name = 'latest', allowedSigners?: string): Promise<Said> {
    return said((io) => resume(name, { headless: true, state: this.state, allowedSigners }, io));
  }

  approve(step: string, options: ApproveOptions = {}, name = 'latest'): Promise<Said> {
    return said((io) => approve(name, step, { state: this.state, ...options }, io));
  }

  show(name = 'latest'): Promise<Said> {
    return said((io) => show(name, { state: this.state }, io));
  }

  note(text: string): Promise<Said> {
    return said((io) => note('latest', text, { state: this.state }, io));
  }

  report(options: ReportOptions = {}, name = 'latest'): Promise<Said> {
    return said((io) => report(name, { state: this.state, ...options }, io));
  }

  key(verb: string, operator?: string): Promise<Said> {
    return said((io) => key(verb, { operator }, io));
  }

  /** What `verify` prints for a person. */
  verifyText(name: string, options: VerifyOptions = {}): Promise<Said> {
    return said((io) => verify(name, { state: this.state, ...options }, io));
  }

  /** What `verify --json` prints, by the desk's allowed signers unless others are given. */
  async verify(name: string, options: VerifyOptions = {}): Promise<Verified> {
    const { code, stdout, stderr } = await this.verifyText(name, {
      json: true,
      allowedSigners: this.allowed,
      ...options,
    });
    if (stdout === '') throw new Error(stderr);
    return { code, ...jsonSchema.parse(JSON.parse(stdout)) };
  }

  /** The head line of a run. */
  async head(name = 'latest'): Promise<string> {
    return (await said((io) => head(name, { state: this.state }, io))).stdout.trim();
  }

  /** Folder of the run whose start said this. */
  runFolder(started: Said): string {
    const id = /^run (\S+)$/m.exec(started.stderr)?.[1];
    if (id === undefined) throw new Error(started.stderr);
    return join(this.state, 'runs', id);
  }

  /** A copy of a folder, to be spoilt; its name stays, because the name of a run's folder is the run. */
  copy(folder: string): string {
    const to = join(this.folder, this.#next(), basename(folder));
    cpSync(folder, to, { recursive: true });
    return to;
  }

  /** `ssh-keygen` with these words, in the desk's folder. */
  keygen(words: readonly string[], input: Uint8Array | string = ''): ReturnType<typeof tool> {
    return tool('ssh-keygen', words, input);
  }

  #count = 0;
  #next(): string {
    this.#count += 1;
    return `n${this.#count}`;
  }
}

async function said(act: (io: Io) => Promise<number>): Promise<Said> {
  let stdout = '';
  let stderr = '';
  const io: Io = {
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
    terminal: false,
    env: process.env,
  };
  const code = await act(io).catch((error: unknown) => tellError(io, error));
  return { code, stdout, stderr };
}

/** Names and details of the checks that failed. */
export function failures({ checks }: Verified): readonly string[] {
  return checks.filter(({ ok }) => !ok).map(({ name, detail }) => `${name}: ${detail}`);
}

/** The detail of the check `name`; fails when there is none. */
export function detailOf({ checks }: Verified, name: string): string {
  const check = checks.find((one) => one.name === name);
  if (check === undefined) throw new Error(`no check ${name}`);
  return check.detail;
}

/** Replaces the content of a file by what `change` makes of it. */
export function edit(path: string, change: (bytes: Buffer) => Uint8Array | string): void {
  writeFileSync(path, change(readFileSync(path)));
}

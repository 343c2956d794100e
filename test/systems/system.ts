/** A repository of a team, stand-ins of its tools and of its service, and the runbook that releases it there. */
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect } from 'vitest';
import type { Contents } from '../audit/repository.ts';
import { type Ended, type Reply, Stage } from '../examples/stage.ts';
import type { World } from './tools/world.ts';

const shipped = fileURLToPath(new URL('../../', import.meta.url));
const standIn = fileURLToPath(new URL('./stand-in.ts', import.meta.url));

/** A request of the service at `url`, or of what serves nobody yet. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly as: 'site' | 'preview';
  readonly url: string;
}

/** What makes a system: `before` and `after` are the repository at the two tags, `first` the world before the release. */
export interface SystemShape {
  readonly runbook: string;
  readonly tools: readonly string[];
  readonly before: Contents;
  readonly after: Contents;
  /** Files beside them that git ignores: as they are before each release. */
  readonly unversioned?: Readonly<Record<string, string>>;
  /** Lays out what else there is on the disk before a release; `serving` tells what of it a rollback has to bring back. */
  readonly disk?: { readonly lay: (stage: Stage) => void; readonly serving: (stage: Stage) => unknown };
  readonly first: World;
  /** What the service answers. */
  readonly serve: (world: World, request: Asked) => Reply;
  /** Variables; `url` is that of the service, `preview` that of what serves nobody yet. */
  readonly vars: (url: string, preview: string, stage: Stage) => Readonly<Record<string, string>>;
  readonly answers: Readonly<Record<string, unknown>>;
}

/** Answers to items, each under the gate that asks it. */
export function atGates(
  answers: Readonly<Record<string, unknown>>,
  gates: Readonly<Record<string, readonly string[]>>,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(gates).flatMap(([gate, items]) => items.map((item) => [`${gate}.${item}`, answers[item]])),
  );
}

/** Answers to items that words do not decide: a person has followed the documents that the machine found. */
export function followed(...items: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(items.map((item) => [item, { pass: 'Followed in the last drill', over: 'machine' }]));
}

/** A checklist with the categories of `text`, each with one item that passes. */
function smallOf(text: string): string {
  const categories = text.slice(text.indexOf('\ncategories:\n')).match(/^ {2}[a-z_]+:$/gm) ?? [];
  const items = categories.map(
    (line) => `${line}\n    items:\n      - { id: ${line.trim().slice(0, -1)}_good, check: 'true' }\n`,
  );
  return `checklist: Small\ncategories:\n${items.join('')}`;
}

const scanner = '#!/bin/sh\necho "[]"\n';

export class System {
  readonly stage = new Stage('repo');
  readonly shape: SystemShape;
  url = '';
  preview = '';

  readonly #gates: 'shipped' | 'small';

  private constructor(shape: SystemShape, gates: 'shipped' | 'small') {
    this.shape = shape;
    this.#gates = gates;
  }

  /** Laid out with small gates, what is released next committed as `message`, and its runbook rehearsed. */
  static async rehearsed(shape: SystemShape, message: string): Promise<System> {
    const system = await System.begin(shape, 'small');
    system.commit(shape.after, 'v1.4.0', message);
    expect((await system.rehearse()).stdout).toContain(' 0 open');
    return system;
  }

  /** Lays it out. `gates`: the shipped checklists, or small ones where what they find is not what is tested. */
  static async begin(shape: SystemShape, gates: 'shipped' | 'small' = 'shipped'): Promise<System> {
    const system = new System(shape, gates);
    const { stage } = system;
    const program = stage.path('stand-in.mjs');
    await build({
      entryPoints: [standIn],
      outfile: program,
      bundle: true,
      platform: 'node',
      format: 'esm',
      logLevel: 'error',
    });
    for (const tool of shape.tools) {
      stage.write(`bin/${tool}`, `#!/bin/sh\nexec '${process.execPath}' '${program}' ${tool} "$@"\n`, 0o755);
    }
    for (const name of ['hadolint', 'gitleaks']) stage.write(`bin/${name}`, scanner, 0o755);
    stage.write('bin/trivy', '#!/bin/sh\necho \'{"SchemaVersion": 2}\'\n', 0o755);
    stage.write('bin/shellcheck', '#!/bin/sh\necho \'{"comments": []}\'\n', 0o755);
    Object.assign(stage.env, {
      PATH: `${stage.path('bin')}:${process.env['PATH'] ?? ''}`,
      STAND_IN: stage.path('world'),
      NODE_NO_WARNINGS: '1',
    });
    system.#lay();
    system.commit(shape.before, 'v1.3.0', 'Begin');
    system.reset();
    const serve = (as: Asked['as']): Promise<string> =>
      stage.serve((method, path) => shape.serve(system.world(), { method, path, as, url: system.url }));
    system.url = await serve('site');
    system.preview = await serve('preview');
    return system;
  }

  /** The shipped runbook and its drill file, with shorter pauses between two tries, beside the shipped checklists. */
  get file(): string {
    return this.stage.path(`runbooks/${this.shape.runbook}`);
  }

  #lay(): void {
    const { stage, shape } = this;
    for (const name of readdirSync(join(shipped, 'checklists')).filter((one) => one.endsWith('.yaml'))) {
      const text = readFileSync(join(shipped, 'checklists', name), 'utf8');
      stage.write(`checklists/${name}`, this.#gates === 'shipped' ? text : smallOf(text));
    }
    for (const name of [shape.runbook, shape.runbook.replace('.yaml', '.drill.yaml')]) {
      const text = readFileSync(join(shipped, 'runbooks', name), 'utf8');
      const short = text
        .replaceAll(/every: \d+s/g, 'every: 20ms')
        .replaceAll('times: 10, every: 20ms, passes: 10', 'times: 2, every: 20ms, passes: 2');
      stage.write(`runbooks/${name}`, short.replaceAll('$(seq 40)', '$(seq 4)'));
    }
  }

  dispose(): Promise<void> {
    return this.stage.dispose();
  }

  /** Changes the repository, commits and tags it. */
  commit(contents: Contents, tag: string, message: string): void {
    const { cwd } = this.stage;
    const git = (...words: readonly string[]): void => {
      execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@shop.example', ...words], { cwd });
    };
    if (!existsSync(join(cwd, '.git'))) git('init', '--quiet', '--initial-branch=main');
    for (const [path, text] of Object.entries(contents)) {
      const full = join(cwd, path);
      if (text === null) {
        rmSync(full, { recursive: true, force: true });
        continue;
      }
      mkdirSync(dirname(full), { recursive: true });
      writeFileSync(full, text);
    }
    git('add', '--all');
    git('commit', '--quiet', '--allow-empty', '--message', message);
    git('tag', tag);
  }

  /** The world as it was, nothing called yet, and nothing made to fail. */
  reset(world: World = this.shape.first): void {
    const folder = this.stage.path('world');
    rmSync(folder, { recursive: true, force: true });
    this.stage.write('world/world.json', JSON.stringify(world));
    for (const [path, text] of Object.entries(this.shape.unversioned ?? {})) this.stage.write(`repo/${path}`, text);
    this.shape.disk?.lay(this.stage);
    appendFileSync(join(folder, 'calls.jsonl'), '');
    appendFileSync(join(folder, 'changes.txt'), '');
  }

  world(): World {
    return JSON.parse(this.stage.read('world/world.json'));
  }

  /** Each call of a tool so far, word by word. */
  calls(): readonly (readonly string[])[] {
    const lines = this.stage.read('world/calls.jsonl').split('\n');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
  }

  /** Numbers of the calls that changed the world. */
  changes(): ReadonlySet<number> {
    return new Set(this.stage.read('world/changes.txt').split('\n').filter(Boolean).map(Number));
  }

  /** Lets call number `call` fail once: before it did anything, or after. */
  fail(call: number, when: 'before' | 'after'): void {
    this.stage.write('world/fail.json', JSON.stringify({ call, when }));
  }

  async rehearse(): Promise<Ended> {
    return this.stage.gonogo('drill', this.file);
  }

  /** Releases with the answers of the shape and `judged`, by item of its first gate. `vars` go before those of the shape. */
  async release(
    vars: Readonly<Record<string, string>> = {},
    judged: Readonly<Record<string, unknown>> = {},
  ): Promise<Ended> {
    return this.stage.headless(
      this.file,
      { ...this.shape.vars(this.url, this.preview, this.stage), ...vars },
      this.answers(atGates(judged, { readiness: Object.keys(judged) })),
    );
  }

  /** An audit of the repository by the checklist `name`, over `categories`. */
  async audit(name: string, categories: readonly string[], ...more: readonly string[]): Promise<Ended> {
    const only = categories.flatMap((category) => ['--only', category]);
    const where = ['--repo', this.stage.cwd, '--headless', '--operator', 'Ada'];
    return this.stage.gonogo('audit', this.stage.path(`checklists/${name}.yaml`), ...where, ...only, ...more);
  }

  async rollback(): Promise<Ended> {
    const { stage } = this;
    return stage.gonogo('rollback', 'latest', '--headless', '--operator', 'Ada', '--answers', this.answers());
  }

  /** The world of `reset`, and a state folder of its own: a case that no other has touched. */
  anew(world?: World): void {
    this.reset(world);
    this.#freshState();
  }

  /** A state folder of its own, with the rehearsals of the first. */
  #freshState(): void {
    const { stage } = this;
    const fresh = stage.path('state-of-a-case');
    rmSync(fresh, { recursive: true, force: true });
    cpSync(stage.path('state/drills'), join(fresh, 'drills'), { recursive: true });
    stage.env['GONOGO_STATE'] = fresh;
  }

  answers(more: Readonly<Record<string, unknown>> = {}): string {
    const all = Object.entries({ ...this.shape.answers, ...more });
    // An item of a gate is named with a dot; the small gates have none that asks.
    const asked = this.#gates === 'small' ? all.filter(([key]) => !key.includes('.')) : all;
    return this.stage.write('answers.yaml', JSON.stringify(Object.fromEntries(asked)));
  }

  read(path: string): string {
    return readFileSync(path, 'utf8');
  }
}

/**
 * Hosts that are folders of this machine: each a local target with a base of its own. A host is down while its folder is not there, and
 * is told by its file `machine-id`.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { actions } from '../../src/actions/registry.ts';
import { digestOf, readDocument } from '../../src/app/read-document.ts';
import { readAnswers } from '../../src/engine/answers.ts';
import { openSession } from '../../src/engine/engine.ts';
import { driveHeadless } from '../../src/engine/headless.ts';
import type { Session } from '../../src/engine/session.ts';
import { createRealHost } from '../../src/host/real-host.ts';
import { draftBy } from '../../src/run/draft.ts';
import type { RunEvent } from '../../src/run/event.ts';
import { reduceAll } from '../../src/run/reduce.ts';
import { newestRules } from '../../src/run/rules.ts';
import type { RunState } from '../../src/run/state.ts';
import { createJournals } from '../../src/store/folder/journals.ts';
import { createLocalTargets } from '../../src/target/local/local-target.ts';
import { type Beginning, type CommandSpec, type HostIdentity, Unreachable } from '../../src/target/target.ts';
import type { Hosts, HostTarget } from '../../src/target/targets.ts';

const operator = { via: 'command', name: 'Ada' } as const;

export interface Played {
  readonly code: number;
  readonly said: readonly string[];
  readonly warned: readonly string[];
  readonly state: RunState;
  readonly events: readonly RunEvent[];
}

export class Fleet {
  readonly folder: string;
  /** What was asked of commands on hosts: `web1 as root`. */
  readonly became: string[] = [];

  constructor(folder: string, names: readonly string[]) {
    this.folder = folder;
    for (const name of names) this.up(name);
  }

  path(name: string, file = ''): string {
    return join(this.folder, 'hosts', name, file);
  }

  up(name: string): void {
    if (existsSync(this.path(`${name}.off`))) renameSync(this.path(`${name}.off`), this.path(name));
    mkdirSync(this.path(name), { recursive: true });
    if (!existsSync(this.path(name, 'machine-id'))) writeFileSync(this.path(name, 'machine-id'), `id-of-${name}\n`);
  }

  down(name: string): void {
    renameSync(this.path(name), this.path(`${name}.off`));
  }

  gone(name: string): void {
    rmSync(this.path(name), { recursive: true });
  }

  /** The lines of a file of the host; none where it is not there. */
  lines(name: string, file = 'log'): readonly string[] {
    const path = this.path(name, file);
    return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
  }

  write(file: string, text: string): string {
    writeFileSync(join(this.folder, file), text);
    return join(this.folder, file);
  }

  /** Runs the runbook `text` without a terminal until it ends or waits. */
  async run(text: string, answers?: string, vars: Readonly<Record<string, string>> = {}): Promise<Played> {
    const { runbook } = await readDocument(this.write('runbook.yaml', `runbook: Test\n${text}`));
    const host = await createRealHost();
    const journals = await createJournals(host, join(this.folder, 'state'), actions);
    const literals = Object.entries(runbook.vars).flatMap(([name, { literal }]) =>
      literal === undefined ? [] : [[name, literal] as const],
    );
    const given = { ...Object.fromEntries(literals), ...vars };
    const data = {
      runbook,
      sha256: digestOf(runbook),
      documents: [...runbook.documents],
      vars: given,
      sources: Object.fromEntries(
        Object.keys(given).map((name) => [name, vars[name] === undefined ? 'literal' : 'flag']),
      ),
      cwd: this.folder,
      environment: {},
      operator: 'Ada',
      hostname: 'here',
      bootId: host.machine.bootId,
      version: '0',
      rules: newestRules,
      renderer: 1,
    };
    const journal = await journals.create('test', [], [draftBy(operator, 'run.started', data)]);
    return this.#drive(journal.id, journal, [...journal.events], answers);
  }

  /** Goes on with the newest run in another process, as far as this one can be one. */
  async resume(answers?: string): Promise<Played> {
    const host = await createRealHost();
    const journals = await createJournals(host, join(this.folder, 'state'), actions);
    const past: RunEvent[] = [];
    const journal = await journals.open(await journals.resolve('latest'), (event) => past.push(event));
    const resumed = { operator: 'Ada', hostname: 'here', bootId: host.machine.bootId, version: '0' };
    past.push(...(await journal.append([draftBy(operator, 'run.resumed', resumed)])));
    return this.#drive(journal.id, journal, past, answers);
  }

  async #drive(
    id: string,
    journal: Parameters<typeof openSession>[0]['journal'],
    events: RunEvent[],
    answers: string | undefined,
  ): Promise<Played> {
    const host = await createRealHost();
    const state = reduceAll(events, id);
    const read = answers === undefined ? null : readAnswers('answers.yaml', answers, answers, state.runbook, events);
    const local = createLocalTargets(host);
    const session: Session = openSession({
      host,
      target: local({ folder: journal.workspace, base: this.folder, environment: {} }),
      hosts: this.#hosts((base) => local({ folder: journal.workspace, base, environment: {} })),
      journal,
      state,
      actions,
      guided: false,
      arrivals: read?.arrivals ?? new Set(),
      actor: operator,
      secrets: new Map(),
      previous: new Map(),
      alone: true,
    });
    session.subscribe((more) => events.push(...more));
    const [said, warned]: [string[], string[]] = [[], []];
    const code = await driveHeadless(session, {
      answers: read,
      operator: 'Ada',
      say: (line) => said.push(line),
      warn: (line) => warned.push(line),
    });
    return { code, said, warned, state: session.state(), events };
  }

  #hosts(open: (base: string) => ReturnType<ReturnType<typeof createLocalTargets>>): Hosts {
    return {
      host: (name): HostTarget => {
        const target = open(this.path(name));
        const begin = async (
          attempt: Parameters<typeof target.commands.begin>[0],
          spec: CommandSpec,
        ): Promise<Beginning> => {
          if (!existsSync(this.path(name))) return { kind: 'unreachable', reason: 'nothing answers' };
          const identity = this.#identity(name);
          if (spec.become !== undefined) this.became.push(`${name} as ${spec.become}`);
          if (spec.expects !== undefined && spec.expects.machineId !== identity.machineId)
            return { kind: 'drifted', reason: `machine id ${identity.machineId}`, identity };
          return target.commands.begin(attempt, spec);
        };
        return {
          ...target,
          commands: { ...target.commands, begin },
          identify: async () => {
            if (!existsSync(this.path(name))) throw new Unreachable('nothing answers', 'down');
            return this.#identity(name);
          },
        };
      },
      close: async () => {},
    };
  }

  #identity(name: string): HostIdentity {
    const machineId = readFileSync(this.path(name, 'machine-id'), 'utf8').trim();
    return { bootId: 'boot', machineId, hostname: name, hostKey: `SHA256:${name}`, offsetMs: 0 };
  }
}

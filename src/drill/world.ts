/**
 * The world of a rehearsal: a simulated machine whose commands come to what their stand-ins say, facts that change as steps run and
 * are undone, and one fault at a time.
 *
 * Invariants:
 * - What a step did holds from its end on, and no longer once its undo has run to its end; nothing else changes a fact.
 * - `copy` is this world as it is now; what happens in one of the two is not seen in the other.
 */
import type { Action, ActionContext, Actions, Reading } from '../actions/action.ts';
import { reading, unanswered } from '../actions/reading.ts';
import type { Host } from '../host/host.ts';
import type { RunEvent } from '../run/event.ts';
import { outlineOf } from '../run/outline.ts';
import type { RunState } from '../run/state.ts';
import { standInName } from '../runbook/drill-file.ts';
import type { StandInResult } from '../runbook/drill-shape.ts';
import type { CommandSpec, Target } from '../target/target.ts';
import { fieldsOf } from './fields.ts';
import { type Command, type Conduct, digestOf, type End, noFile, SimulatedMachine } from './machine.ts';
import { bodyOfStep, bodyOfUndo, isTold, type StandIns } from './stand-ins.ts';

/**
 * What goes wrong. `refused`: the step cannot begin. `fails`: it does what it does, and fails. `offline`: the network is lost as it
 * begins and comes back once the first undo has failed for it. `undo`: each undo of the step fails once.
 */
export type Fault =
  | { readonly kind: 'none' }
  | { readonly kind: 'refused' | 'fails' | 'offline' | 'undo'; readonly step: string };

/** What an attempt is of, as its event named it. `index`: of the undo. */
type Named =
  | { readonly role: 'action' | 'done-when'; readonly step: string }
  | { readonly role: 'undo'; readonly step: string; readonly index: number; readonly last: boolean }
  | { readonly role: 'identity'; readonly step: null };

interface Doing extends Conduct {
  readonly named: Named | null;
}

type Facts = ReadonlyMap<string, string>;

// JSON, so that reading it as such, which costs more where it fails, does not.
const identityRead = '"the target of the rehearsal"';
const lostNetwork = 'the network is lost in the rehearsal';
const failsHere = 'it fails in the rehearsal';

/** One process that drives a rehearsed run. */
export interface DrillLife {
  readonly host: Host;
  readonly target: Target;
}

export class DrillWorld extends SimulatedMachine<Doing> {
  fault: Fault = { kind: 'none' };
  /** The target reads as another one. */
  drifted = false;
  /** The value of a variable as the run knows it now. */
  valueNow: (name: string) => string | null = () => null;
  readonly #standIns: StandIns;
  readonly #facts: Map<string, string>;
  /** What the facts were before each run of a step that is not undone, by the step. */
  readonly #before = new Map<string, readonly Facts[]>();
  readonly #named = new Map<string, Named>();
  readonly #failedOnce = new Set<string>();
  #ids = 0;

  constructor(standIns: StandIns) {
    super();
    this.#standIns = standIns;
    this.#facts = new Map(Object.entries(standIns.facts));
  }

  /** This world, to go on twice. */
  copy(): DrillWorld {
    const copy = new DrillWorld(this.#standIns);
    copy.adopt(this);
    copy.drifted = this.drifted;
    copy.#ids = this.#ids;
    copy.#facts.clear();
    for (const [name, text] of this.#facts) copy.#facts.set(name, text);
    for (const [step, before] of this.#before) copy.#before.set(step, before);
    for (const [folder, named] of this.#named) copy.#named.set(folder, named);
    return copy;
  }

  /** The power went: of what was under way nobody can tell what became of it. */
  losePower(): void {
    this.bootNumber += 1;
    this.timers = [];
    for (const [folder, command] of [...this.commands])
      if (command.status !== 'exited') this.commands.set(folder, { ...command, status: 'lost' });
  }

  /** A process begins to drive the run. */
  live(): DrillLife {
    this.crashed = false;
    this.life += 1;
    const { life } = this;
    this.alive.clear();
    this.alive.add(life);
    const keep: Target['keep'] = async ({ id }, name, bytes) => ({ path: `${id}/${name}`, ...digestOf(bytes) });
    const target = this.targetOf(life, { files: noFiles, keep }, ({ id }) => id);
    return { host: this.#host(life), target };
  }

  /** An attempt is on record: from now on its folder is known. */
  recorded(event: RunEvent, { runbook }: Pick<RunState, 'runbook'>): void {
    if (event.type === 'probe.started') {
      const { probe, folder, step } = event.data;
      const isIdentity = probe === 'identity' || step === undefined;
      this.#named.set(folder, isIdentity ? { role: 'identity', step: null } : { role: 'done-when', step });
    }
    if (event.type !== 'step.started') return;
    const { step, folder, undoes } = event.data;
    if (undoes === undefined) {
      this.#named.set(folder, { role: 'action', step });
      return;
    }
    const outline = outlineOf(runbook);
    const index = outline.undos.get(step)?.index ?? 0;
    const undo = outline.places.get(undoes.step)?.step.undo;
    const last = undo?.kind !== 'bodies' || index === undo.bodies.length - 1;
    this.#named.set(folder, { role: 'undo', step: undoes.step, index, last });
  }

  /** The actions of a rehearsal: commands run on this machine, everything else comes to what its stand-in says. */
  actions(actions: Actions): Actions {
    const made = [...actions].map(([name, action]): readonly [string, Action] => {
      if (action.perform === undefined || name === 'run' || name === 'check') return [name, action];
      const { recover: _recover, stop: _stop, ...spec } = action;
      return [name, { ...spec, perform: (context) => this.#perform(action, context) }];
    });
    return new Map(made);
  }

  protected override conductOf(folder: string, _spec: CommandSpec): Doing {
    const named = this.#named.get(folder) ?? null;
    const standIn = named === null ? null : this.#standInOf(named);
    return { named, ms: standIn?.delay ?? 1 };
  }

  protected override async begin(
    life: number,
    folder: string,
    spec: CommandSpec,
  ): ReturnType<Target['commands']['begin']> {
    await this.boundary(life);
    if (this.#isRefused(this.#named.get(folder) ?? null)) return { kind: 'refused', reason: failsHere };
    return super.begin(life, folder, spec);
  }

  protected override endOf({ conduct: { named } }: Command<Doing>): End {
    if (named === null) return { exit: 0, output: '' };
    const standIn = this.#standInOf(named);
    const told = this.#output(named, standIn);
    const wrong = this.#goesWrong(named);
    const exit = wrong === null ? (standIn?.exit ?? this.#exitOf(named, standIn)) : 1;
    if (exit === 0 || this.#happensAnyway(named)) this.#happens(named);
    return { exit, output: wrong ?? told };
  }

  /** What an action that is no command comes to. */
  async #perform(action: Action, { attempt, clock, leave }: ActionContext): Promise<Reading> {
    const named = this.#named.get(attempt.id) ?? null;
    const standIn = named === null ? null : this.#standInOf(named);
    const ms = standIn?.delay ?? 1;
    await clock.sleep(ms, leave);
    if (leave.aborted) return { kind: 'left' };
    if (named === null) return reading({ ms });
    if (this.#isRefused(named)) return unanswered(failsHere, true, ms);
    const wrong = this.#goesWrong(named) ?? (this.#exitOf(named, standIn) === 0 ? null : 'it is not done yet');
    const output = this.#output(named, standIn);
    if (wrong === null || this.#happensAnyway(named)) this.#happens(named);
    const { fields, absent, status, exit } = fieldsOf(action, standIn, { output, ms });
    return reading({ fields, absent, status, exit, ms, reason: wrong });
  }

  #standInOf(named: Named): StandInResult | null {
    switch (named.role) {
      case 'identity':
        return this.#standIns.identity;
      case 'action':
        return bodyOfStep(this.#standIns, named.step);
      case 'done-when':
        return this.#standIns.doneWhen(named.step);
      case 'undo':
        return bodyOfUndo(this.#standIns, named.step, named.index);
    }
  }

  #output(named: Named, standIn: StandInResult | null): string {
    if (named.role === 'identity' && this.drifted) return '"another target"';
    const usual = named.role === 'identity' ? identityRead : '';
    return this.#filled(standIn?.output ?? usual);
  }

  /** A `done_when` of which nothing is told holds once its step has run, and no more when that is undone. */
  #exitOf(named: Named, standIn: StandInResult | null): number {
    if (named.role !== 'done-when' || isTold(standIn)) return 0;
    return this.#before.has(named.step) ? 0 : 1;
  }

  #isRefused(named: Named | null): boolean {
    return named?.role === 'action' && this.fault.kind === 'refused' && this.fault.step === named.step;
  }

  #happensAnyway(named: Named): boolean {
    return named.role === 'action' && this.fault.kind === 'fails' && this.fault.step === named.step;
  }

  /** Why it fails now; null: it does not. */
  #goesWrong(named: Named): string | null {
    const { fault } = this;
    if (fault.kind === 'none' || named.step === null) return null;
    if (named.role === 'action') {
      if (named.step !== fault.step) return null;
      if (fault.kind === 'fails') return failsHere;
      return fault.kind === 'offline' ? lostNetwork : null;
    }
    if (named.role !== 'undo') return null;
    if (fault.kind === 'offline') {
      this.fault = { kind: 'none' };
      return lostNetwork;
    }
    const key = `${named.step} ${named.index}`;
    if (fault.kind !== 'undo' || fault.step !== named.step || this.#failedOnce.has(key)) return null;
    this.#failedOnce.add(key);
    return failsHere;
  }

  #happens(named: Named): void {
    if (named.role === 'action') {
      const { facts = {} } = bodyOfStep(this.#standIns, named.step) ?? {};
      this.#before.set(named.step, [...(this.#before.get(named.step) ?? []), new Map(this.#facts)]);
      this.#hold(facts);
    }
    if (named.role === 'undo') this.#undone(named);
  }

  #undone({ step, index, last }: Extract<Named, { role: 'undo' }>): void {
    const own = bodyOfUndo(this.#standIns, step, index)?.facts;
    const runs = this.#before.get(step) ?? [];
    const before = runs.at(-1);
    // What never came to its end has changed no fact.
    if (last && before !== undefined) {
      if (runs.length > 1) this.#before.set(step, runs.slice(0, -1));
      else this.#before.delete(step);
      for (const name of Object.keys(bodyOfStep(this.#standIns, step)?.facts ?? {})) {
        const was = before.get(name);
        if (was === undefined) this.#facts.delete(name);
        else this.#facts.set(name, was);
      }
    }
    this.#hold(own ?? {});
  }

  #hold(facts: Readonly<Record<string, string>>): void {
    const now = Object.entries(facts).map(([name, text]) => [name, this.#filled(text)] as const);
    for (const [name, text] of now) this.#facts.set(name, text);
  }

  #filled(text: string): string {
    return text.replaceAll(standInName, (_whole, name: string) => this.#facts.get(name) ?? this.valueNow(name) ?? '');
  }

  #host(life: number): Host {
    return {
      clock: this.clock(life),
      ids: {
        short: (length) => {
          this.#ids += 1;
          return String(this.#ids).padStart(length, '0').slice(-length);
        },
      },
      files: noFiles,
      machine: {
        bootId: this.bootId,
        hostname: 'rehearsal',
        user: 'rehearsal',
        uid: 0,
        pid: life,
        cwd: '/desk',
        env: {},
      },
    };
  }
}

const noChange = async (path: string): Promise<never> => noFile(path);

/** A rehearsal has no files: what looks for one finds none, and none is ever made. */
const noFiles: Host['files'] = {
  read: noChange,
  readRange: noChange,
  facts: async () => null,
  realPath: async () => null,
  list: noChange,
  makeFolder: noChange,
  ensureFolder: noChange,
  create: noChange,
  publish: noChange,
  replace: noChange,
  rename: noChange,
  remove: noChange,
  removeTree: noChange,
  sync: noChange,
  truncate: noChange,
  openAppend: noChange,
  digest: noChange,
  follow: (path) => noFile(path),
  fileSystem: async () => 'unknown',
};

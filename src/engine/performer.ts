/**
 * Performs what events named: attempts at steps, and probes.
 *
 * Invariants:
 * - Whatever an action throws is an outcome of its step, in doubt or a failure, told as such; also what a disk refused to it. Only what
 *   the disk refuses of the run's own folder rejects: nothing is guessed of a command whose traces are there, and a resume reads them.
 * - A secret reaches what an action does only when its body names it. Every secret that the run knows is masked in whatever any action
 *   reads or records from then on: a step may come by one that nobody gave it.
 */
import { resolve } from 'node:path';
import type { Action, ActionContext, Actions } from '../actions/action.ts';
import { gitEnvironment } from '../host/git.ts';
import { type Host, HostError } from '../host/host.ts';
import { actingBody, evidencePatterns, type Known, readsStdout } from '../run/acting.ts';
import type { Outlived } from '../run/event.ts';
import { hostOf } from '../run/host-of.ts';
import { thrown } from '../run/outcome.ts';
import { outlineOf } from '../run/outline.ts';
import { type Reading, unreadable } from '../run/reading.ts';
import type { Resolved } from '../run/scope.ts';
import type { AttemptState, ProbeState, RunState, VisitState } from '../run/state.ts';
import type { Step, StepId } from '../runbook/document.ts';
import { insideFolder } from '../search/inside.ts';
import { createSurvey, type Survey } from '../search/survey.ts';
import type { Journal } from '../store/journals.ts';
import {
  type ChildEnvironment,
  type LendTerminal,
  type Target,
  thereAlready,
  toAttemptId,
  Unreachable,
} from '../target/target.ts';
import type { Hosts } from '../target/targets.ts';
import { keepFiles } from './kept-files.ts';
import type { OnLink } from './link-notes.ts';

/** With what it performs. */
interface Means {
  readonly host: Host;
  readonly target: Target;
  readonly hosts?: Hosts;
  readonly actions: Actions;
  /** Where the run keeps what its attempts leave. */
  readonly journal: Pick<Journal, 'workspace' | 'keep'>;
  readonly lendTerminal?: LendTerminal;
}

/** An effect that an event named. */
type Named = Pick<AttemptState | ProbeState, 'folder' | 'bootId'>;

/** Called with the attempt's folder, why it should have ended, and what of it runs. */
type OnHeld = (folder: string, how: Outlived) => void;

interface Tells {
  readonly held: OnHeld;
  readonly link: OnLink;
}

export class Performer {
  readonly #means: Means;
  readonly #known: () => Known;
  readonly #leave: AbortSignal;
  /** What ends an attempt that only this process performs, by its folder. */
  readonly #stops = new Map<string, AbortController>();
  readonly #tells: Tells;
  #survey: { readonly look: string; readonly survey: Survey } | null = null;

  /**
   * `leave` aborts when this process is left: what it cannot leave running stops. `tells` is called for an attempt that goes on
   * and should not, and for one on a host that cannot be reached.
   */
  constructor(means: Means, known: () => Known, leave: AbortSignal, tells: Tells) {
    this.#means = means;
    this.#known = known;
    this.#leave = leave;
    this.#tells = tells;
  }

  /** Performs an attempt; `recover`: finds out what became of one that an earlier process began. */
  attempt(step: Step, visit: VisitState, named: Named, recover: boolean): Promise<Reading> {
    return this.#contained(step, async () => {
      const action = this.#means.actions.get(step.action);
      const context = this.#context(step, visit, named, recover);
      if (typeof context === 'string') return unreadable(context);
      if (action === undefined) return unreadable(`there is no action ${step.action}`);
      if (!recover && (await this.#isThere(action, named))) return { kind: 'in-doubt', reason: thereAlready };
      const stoppable = this.#stoppableHere(action, context);
      const reading = await this.#lent(step, visit, recover, () => read(action, stoppable, recover));
      return this.#withFiles(step, visit, { named, cwd: context.cwd }, reading);
    });
  }

  /** Whether the folder is there in which the attempt would keep what it reads. A command's is made, and looked at, as it begins. */
  async #isThere(action: Action, { folder }: Named): Promise<boolean> {
    const { host, journal } = this.#means;
    return action.stop === undefined && (await host.files.facts(`${journal.workspace}/${folder}`)) !== null;
  }

  /** `reading` with the files that the step leaves as evidence. */
  async #withFiles(
    step: Step,
    visit: VisitState,
    { named, cwd }: { readonly named: Named; readonly cwd: string },
    reading: Reading,
  ): Promise<Reading> {
    if (step.evidence === undefined || reading.kind !== 'read') return reading;
    const known = this.#known();
    const patterns = evidencePatterns(known, step, visit);
    if (!patterns.ok) return { ...reading, lacking: patterns.message };
    const { journal } = this.#means;
    const target = this.#targetOf(step, visit);
    const secrets = [...known.secrets.values()];
    const wanted = { patterns: patterns.value, written: step.evidence, cwd, folder: named.folder, secrets };
    const { evidence, lacking } = await keepFiles(target.files, journal, wanted);
    return { ...reading, evidence: [...reading.evidence, ...evidence], ...(lacking === null ? {} : { lacking }) };
  }

  /** Reads what `probe` is to read, as `step`. */
  probe(step: Step, visit: VisitState | null, named: Named): Promise<Reading> {
    return this.#contained({ ...step, effect: 'read' }, async () => {
      const action = this.#means.actions.get(step.action);
      const context = this.#context(step, visit, named, false);
      if (typeof context === 'string') return unreadable(context);
      if (action?.perform === undefined) return unreadable(`the action ${step.action} reads nothing`);
      return action.perform({ ...this.#stoppableHere(action, context), tethered: true });
    });
  }

  /** Does what a hook has to do, with a body that is filled in. It ends with this process, and when `leave` aborts. */
  hook(step: Step, resolved: Resolved, named: Pick<Named, 'folder' | 'bootId'>, leave: AbortSignal): Promise<Reading> {
    return this.#contained({ ...step, effect: 'read' }, async () => {
      const action = this.#means.actions.get(step.action);
      if (action?.perform === undefined) return unreadable(`the action ${step.action} does nothing by itself`);
      return action.perform({ ...this.#contextWith(step, null, resolved, named), leave, tethered: true });
    });
  }

  /** Ends a running attempt or probe; what cannot be ended is told. */
  async stop(step: Step, visit: VisitState | null, named: Named): Promise<void> {
    const action = this.#means.actions.get(step.action);
    if (action?.stop === undefined) return this.#stops.get(named.folder)?.abort();
    const context = this.#context(step, visit, named, true);
    if (typeof context === 'string') return;
    const held = (processes: Outlived['processes']): void =>
      this.#tells.held(named.folder, { cause: 'stop', processes });
    try {
      const stopped = await action.stop(context);
      if (stopped.kind === 'runs-on') held(stopped.processes);
    } catch {
      // Nobody knows whether it was ended: as long as nothing else is told of it, it runs on.
      held([]);
    }
  }

  /** The attempt in `folder` has ended. */
  forget(folder: string): void {
    this.#stops.delete(folder);
  }

  /** Resolves as `act`, and with an outcome of `step` when that throws. */
  async #contained(step: Step, act: () => Promise<Reading>): Promise<Reading> {
    try {
      return await act();
    } catch (error) {
      if (error instanceof HostError && error.path.startsWith(`${this.#means.journal.workspace}/`)) throw error;
      return thrown(step, error, [...this.#known().secrets.values()]);
    }
  }

  /** What cannot be stopped from outside leaves off when it is told to. */
  #stoppableHere(action: Action, context: ActionContext): ActionContext {
    if (action.stop !== undefined) return context;
    const stop = new AbortController();
    this.#stops.set(context.attempt.id, stop);
    return { ...context, leave: AbortSignal.any([context.leave, stop.signal]) };
  }

  /** A step on the terminal has it from its start to its end; on a host as long as the way there holds. */
  #lent(step: Step, visit: VisitState, recover: boolean, use: () => Promise<Reading>): Promise<Reading> {
    const { lendTerminal } = this.#means;
    const isHere = step.tty && hostOf(this.#known().state, step.id, visit) === null;
    return isHere && !recover && lendTerminal !== undefined ? lendTerminal(use) : use();
  }

  /** What the action acts with, or why it cannot. `begun`: it has its secrets already. */
  #context(step: Step, visit: VisitState | null, named: Named, begun: boolean): ActionContext | string {
    const known = this.#known();
    const body = actingBody(known, step, visit, begun);
    if (!body.ok) return body.message;
    return this.#contextWith(step, visit, body.value, named);
  }

  #contextWith(step: Step, visit: VisitState | null, resolved: Resolved, named: Named): ActionContext {
    const known = this.#known();
    const { host } = this.#means;
    const target = this.#targetOf(step, visit);
    const isLook = step.item !== undefined;
    return {
      target: isLook ? { ...target, files: insideFolder(target.files, target.base) } : target,
      attempt: { id: toAttemptId(named.folder), bootId: this.#bootIdOf(step, visit, named) },
      clock: host.clock,
      params: resolved.params,
      env: childEnvironment(known.state, step, resolved),
      cwd: resolved.cwd === null ? target.base : resolve(target.base, resolved.cwd),
      timeoutMs: step.timeoutMs ?? null,
      readsStdout: readsStdout(known.state, step),
      secrets: [...known.secrets.values()],
      ...(isLook ? { survey: this.#surveyFor(known.state, step.id) } : {}),
      tty: step.tty,
      refusesAbsent: step.effect !== 'read' || step.undo.kind !== 'none',
      ...this.#onHost(step, visit, named),
      leave: this.#leave,
      held: (held) => this.#tells.held(named.folder, held),
    };
  }

  /** A probe is recorded with the boot of this machine, wherever it reads. */
  #bootIdOf(step: Step, visit: VisitState | null, named: Named): string {
    const { state } = this.#known();
    const host = 'attempt' in named ? null : hostOf(state, step.id, visit);
    return host === null ? named.bootId : (state.fleet.known.get(host)?.newest?.bootId ?? named.bootId);
  }

  /** Where `step` happens. Throws `Unreachable` where that is a host and none can be reached. */
  #targetOf(step: Step, visit: VisitState | null): Target {
    const host = hostOf(this.#known().state, step.id, visit);
    if (host === null) return this.#means.target;
    if (this.#means.hosts === undefined)
      throw new Unreachable(`${host} cannot be reached: this gonogo reaches no hosts`);
    return this.#means.hosts.host(host);
  }

  /** What a command on a host is given besides: who the host must be where something is changed, and as whom it runs. */
  #onHost(
    step: Step,
    visit: VisitState | null,
    { folder }: Named,
  ): Pick<ActionContext, 'expects' | 'become' | 'link' | 'lend'> {
    const { lendTerminal } = this.#means;
    const { state } = this.#known();
    const host = hostOf(state, step.id, visit);
    if (host === null) return {};
    const reference = state.fleet.known.get(host)?.reference ?? null;
    return {
      link: (lost) => this.#tells.link({ folder, step: step.id, host }, lost),
      ...(reference === null || step.effect === 'read' ? {} : { expects: reference }),
      ...(step.become === undefined ? {} : { become: step.become }),
      ...(step.tty && lendTerminal !== undefined ? { lend: lendTerminal } : {}),
    };
  }

  /** Items of one look at a checklist share what they read; a new look reads anew. */
  #surveyFor(state: RunState, item: StepId): Survey {
    const gate = outlineOf(state.runbook).places.get(item)?.parent?.step.id;
    const visit = gate === undefined ? undefined : state.steps.get(gate)?.visits.at(-1);
    const look = `${gate ?? ''} ${visit?.visit ?? 0} ${visit?.retriedSeq ?? 0}`;
    if (this.#survey?.look !== look) {
      const { files, base } = this.#means.target;
      const survey = createSurvey(insideFolder(files, base), { respectIgnore: true, within: base });
      this.#survey = { look, survey };
    }
    return this.#survey.survey;
  }
}

/** The child's environment: the target's without secrets, the run's variables, the step's `env`. An item looks at what is not trusted. */
function childEnvironment({ runbook }: RunState, { item }: Step, resolved: Resolved): ChildEnvironment {
  const without = Object.values(runbook.vars).flatMap(({ secret, env }) => (secret && env !== undefined ? [env] : []));
  const careful = item === undefined ? {} : gitEnvironment;
  return { without, set: { ...careful, ...resolved.variables, ...resolved.env } };
}

function read(action: Action, context: ActionContext, recover: boolean): Promise<Reading> {
  if (!recover)
    return action.perform === undefined ? Promise.resolve(unreadable('nothing to perform')) : action.perform(context);
  if (action.recover !== undefined) return action.recover(context);
  return Promise.resolve({ kind: 'in-doubt', reason: 'gonogo ended while it ran, and nothing durable is left of it' });
}

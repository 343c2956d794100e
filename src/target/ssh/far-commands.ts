/**
 * Commands under the attempt protocol on another machine.
 *
 * Invariants:
 * - `unreachable` is said only while nothing of the attempt was sent, or when its folder there holds the void claim. A begin whose
 *   answer is lost is asked again, and knows itself by its nonce; what still cannot be told is left to `wait`, which goes on asking.
 * - What is told as ended is here: all of its output, compared by its sha256 with what is there, and how it ended, both durable.
 * - A cut link ends nothing: it is tried again, longer each time, until whoever waits has enough.
 */
import { randomInt, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Host } from '../../host/host.ts';
import {
  type AttemptRef,
  type Beginning,
  type CommandSpec,
  type Ending,
  type HostIdentity,
  type Stopped,
  thereAlready,
  Unreachable,
  type Waiting,
} from '../target.ts';
import { Copies } from './far-copy.ts';
import { type Followed, followOver, type Report } from './far-following.ts';
import { type Asking, askText, beginText, type FarPlace, whyNot } from './far-operation.ts';
import { keepOutcome, readOutcome } from './far-outcome.ts';
import { type Hello, SessionOver } from './far-session.ts';
import { Terminal } from './far-terminal.ts';
import { beginningOf, driftOf, endedWithout, makeFolder, openFolder, untilAborted } from './far-words.ts';
import { endingOf } from './near-ending.ts';
import { backOffMs } from './out-of-reach.ts';
import type { Road, Taken } from './road.ts';

/** Where the attempts of one run are, here and there. */
export interface FarRun {
  readonly host: Host;
  readonly road: Road;
  readonly place: FarPlace;
  /** Absolute folder of the run here, which evidence is relative to. */
  readonly folder: string;
  readonly name: string;
  /** The environment of every `ssh`. */
  readonly env: NodeJS.ProcessEnv;
  identityOf(hello: Hello): HostIdentity;
}

/** How long a begin whose answer is lost is asked for before it is left to whoever waits. */
const settleMs = 20_000;
/** How long the end of a stop whose answer is lost is asked for, above what it takes. */
const stopMs = 60_000;
const backOffMostMs = 10_000;

/** An attempt that this process follows, and where what it prints goes. */
interface Live {
  readonly taken: Taken;
  readonly followed: Followed;
  readonly copies: Copies;
}

export class FarCommands {
  readonly #run: FarRun;
  readonly #live = new Map<string, Live>();
  /** The `ssh` on this process's terminal, of attempts that have it. */
  readonly #terminals = new Map<string, Terminal>();
  /** Attempts that were certainly there. */
  readonly #known = new Set<string>();
  /** Whether the state folder there was looked at. */
  #checked = false;

  constructor(run: FarRun) {
    this.#run = run;
  }

  async begin(attempt: AttemptRef, spec: CommandSpec): Promise<Beginning> {
    const { name, road, identityOf } = this.#run;
    const reason = whyNot(spec);
    if (reason !== null) return { kind: 'refused', reason: `${name}: ${reason}` };
    let taken: Taken;
    try {
      taken = await road.take(null);
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      return { kind: 'unreachable', reason: error.message, why: error.kind };
    }
    const drifted = driftOf(name, spec.expects, identityOf(taken.hello));
    if (drifted === null && makeFolder(this.#folder(attempt), spec)) {
      if (spec.tty) this.#terminals.set(attempt.id, new Terminal(this.#run, spec.lend));
      return this.#settled(attempt, spec, taken);
    }
    taken.give();
    return drifted ?? { kind: 'in-doubt', reason: thereAlready };
  }

  async wait(attempt: AttemptRef, waiting: Waiting, signal: AbortSignal): Promise<Ending> {
    if (signal.aborted) return this.#glance(attempt, waiting);
    const { host } = this.#run;
    let lostSince: number | null = null;
    let tries = 0;
    const isThere = (): void => {
      if (lostSince !== null) waiting.link?.(null);
      lostSince = null;
      tries = 0;
    };
    for (;;) {
      const known = await this.#endedHere(attempt, waiting);
      if (known !== null) return known;
      try {
        const report = await this.#followed(attempt, waiting, signal, isThere);
        if (report === null) return { kind: 'runs-on' };
        const ending = await this.#told(attempt, report, waiting);
        await this.#terminals.get(attempt.id)?.over();
        return ending;
      } catch (error) {
        if (!isCut(error)) throw error;
        if (signal.aborted) return { kind: 'runs-on' };
        lostSince ??= host.clock.now();
        waiting.link?.({ lostSince, reason: error.message });
        tries += 1;
        await this.#pause(tries, signal);
        if (signal.aborted) return { kind: 'runs-on' };
      }
    }
  }

  async runs(attempt: AttemptRef): Promise<boolean | null> {
    if ((await readOutcome(this.#run.host.files, this.#folder(attempt))) !== null) return false;
    try {
      const { kind } = await this.#ask(attempt, 'runs');
      if (kind === 'alive') return true;
      return kind === 'exited' || kind === 'never' ? false : null;
    } catch (error) {
      if (isCut(error)) return null;
      throw error;
    }
  }

  async stop(attempt: AttemptRef, graceMs: number): Promise<Stopped> {
    const { clock } = this.#run.host;
    const since = clock.steady();
    for (let tries = 1; ; tries += 1) {
      try {
        const report = await this.#ask(attempt, { stopWithinMs: graceMs });
        return report.kind === 'alive' ? { kind: 'runs-on', processes: report.processes } : { kind: 'ended' };
      } catch (error) {
        if (!isCut(error)) throw error;
        if (clock.steady() - since > stopMs + graceMs) throw this.#unreachable(error);
        await this.#pause(tries);
      }
    }
  }

  #folder({ id }: AttemptRef): string {
    return join(this.#run.folder, id);
  }

  #pause(tries: number, signal?: AbortSignal): Promise<void> {
    return this.#run.host.clock.sleep(backOffMs(tries, randomInt(1000) / 1000, backOffMostMs), signal);
  }

  #unreachable(error: SessionOver | Unreachable): Unreachable {
    if (error instanceof Unreachable) return error;
    return new Unreachable(`${this.#run.name}: ${error.message}`, 'down', { cause: error });
  }

  /** Begins it over `taken`, and asks again as long as it is not certain what came of that. */
  async #settled(attempt: AttemptRef, spec: CommandSpec, taken: Taken): Promise<Beginning> {
    const { host, road, place, name } = this.#run;
    const copies = new Copies(this.#folder(attempt), spec.splitStderr);
    const nonce = randomUUID();
    let lostSince: number | null = null;
    let session = taken;
    for (let tries = 1; ; tries += 1) {
      const text = beginText(place, askingOf(attempt, nonce, copies), spec, {
        check: !this.#checked,
        again: tries > 1,
      });
      const terminal = this.#terminals.get(attempt.id);
      const followed = followOver(session.session, text, copies, (folder) => terminal?.open(folder));
      const live: Live = { taken: session, followed, copies };
      // Where its terminal is gone and nothing has begun on it, the next try settles that nothing will.
      const begun = new AbortController();
      if (tries === 1) terminal?.whenGone(begun.signal, () => session.session.close('its terminal is gone'));
      try {
        const first = await live.followed.first;
        const beginning = terminal?.told(beginningOf(name, first)) ?? beginningOf(name, first);
        if (beginning.kind === 'begun') this.#begun(attempt, live);
        else this.#release(attempt, live);
        return beginning;
      } catch (error) {
        if (!isCut(error)) throw error;
      } finally {
        begun.abort();
      }
      lostSince ??= host.clock.steady();
      await this.#pause(tries);
      const again = await road.take(null, settleMs).catch((error: unknown) => {
        if (isCut(error)) return null;
        throw error;
      });
      if (again === null || host.clock.steady() - lostSince > settleMs) {
        again?.give();
        copies.close();
        // It may have begun, and whoever waits for it finds out.
        return { kind: 'begun' };
      }
      session = again;
    }
  }

  #begun(attempt: AttemptRef, live: Live): void {
    this.#checked = true;
    this.#live.set(attempt.id, live);
    this.#know(attempt);
  }

  #know(attempt: AttemptRef): void {
    if (this.#known.has(attempt.id)) return;
    this.#known.add(attempt.id);
    writeFileSync(join(this.#folder(attempt), 'begun'), '', { mode: 0o600 });
  }

  async #isKnown(attempt: AttemptRef): Promise<boolean> {
    if (this.#known.has(attempt.id)) return true;
    return (await this.#run.host.files.facts(join(this.#folder(attempt), 'begun'))) !== null;
  }

  /** How it ended, when that is kept here. */
  async #endedHere(attempt: AttemptRef, { tailBytesMax }: Waiting): Promise<Ending | null> {
    const { files } = this.#run.host;
    const folder = this.#folder(attempt);
    const outcome = await readOutcome(files, folder);
    return outcome === null ? null : endingOf(files, attempt, folder, outcome, tailBytesMax);
  }

  /** What became of it, by following it to its end; null when `signal` aborts first. `isThere`: called when the far end has answered. */
  async #followed(
    attempt: AttemptRef,
    { held }: Waiting,
    signal: AbortSignal,
    isThere: () => void,
  ): Promise<Report | null> {
    const live = this.#live.get(attempt.id) ?? (await this.#attach(attempt, 'wait', signal));
    this.#live.set(attempt.id, live);
    if (held !== undefined) live.followed.listen(held);
    const abort = untilAborted(signal);
    try {
      const first = await Promise.race([live.followed.first, abort.promise]);
      if (first === null) return null;
      isThere();
      if (first === 'begun') this.#know(attempt);
      return await Promise.race([live.followed.last, abort.promise]);
    } finally {
      abort.forget();
      this.#release(attempt, live);
    }
  }

  /** Lets go of its session: to be used again, or, where it is still followed there, to be closed. */
  #release(attempt: AttemptRef, live: Live): void {
    if (this.#live.get(attempt.id) === live) this.#live.delete(attempt.id);
    live.copies.close();
    if (live.taken.session.isBusy) live.taken.session.close();
    else live.taken.give();
  }

  async #attach(attempt: AttemptRef, what: 'wait' | 'glance', signal: AbortSignal | null): Promise<Live> {
    const { road, place } = this.#run;
    const known = await this.#isKnown(attempt);
    const taken = await road.take(signal);
    const copies = openFolder(this.#folder(attempt));
    const text = askText(place, askingOf(attempt, randomUUID(), copies), what, known);
    return { taken, followed: followOver(taken.session, text, copies), copies };
  }

  /** One look. */
  async #glance(attempt: AttemptRef, waiting: Waiting): Promise<Ending> {
    const known = await this.#endedHere(attempt, waiting);
    if (known !== null) return known;
    try {
      const live = this.#live.get(attempt.id);
      if (live !== undefined) {
        // Its session is busy with it, and takes what it prints.
        const { kind } = await this.#ask(attempt, 'runs');
        if (kind === 'alive') return { kind: 'runs-on' };
      }
      const now = live ?? (await this.#attach(attempt, 'glance', null));
      try {
        return await this.#told(attempt, await now.followed.last, waiting);
      } finally {
        this.#release(attempt, now);
      }
    } catch (error) {
      if (isCut(error)) throw this.#unreachable(error);
      throw error;
    }
  }

  async #ask(attempt: AttemptRef, what: 'runs' | { readonly stopWithinMs: number }): Promise<Report> {
    const { road, place } = this.#run;
    const known = await this.#isKnown(attempt);
    const taken = await road.take(null);
    const asking = { attempt, nonce: randomUUID(), off: 0, eoff: 0, split: false };
    const report = await followOver(taken.session, askText(place, asking, what, known), null).last;
    taken.give();
    return report;
  }

  async #told(attempt: AttemptRef, report: Report, waiting: Waiting): Promise<Ending> {
    if (report.kind !== 'exited') return endedWithout(this.#run.name, report);
    const { host } = this.#run;
    const folder = this.#folder(attempt);
    const lost = !(await this.#isWhole(attempt, report)) || report.lost;
    const { exit, timedOut, ms, left } = report;
    const outcome = { exit, timedOut, lost, ms: ms ?? 0, left: [...left] };
    await keepOutcome(host.files, folder, outcome);
    return endingOf(host.files, attempt, folder, outcome, waiting.tailBytesMax);
  }

  /** Whether all of its output is here, durable; if not, after it was fetched once more from the beginning. */
  async #isWhole(attempt: AttemptRef, report: Extract<Report, { kind: 'exited' }>): Promise<boolean> {
    const copies = openFolder(this.#folder(attempt));
    try {
      copies.sync();
      if (copies.isSame(report.sums)) return true;
      copies.drop();
    } finally {
      copies.close();
    }
    const again = await this.#attach(attempt, 'glance', null);
    try {
      const last = await again.followed.last;
      again.copies.sync();
      return last.kind === 'exited' && again.copies.isSame(last.sums);
    } finally {
      this.#release(attempt, again);
    }
  }
}

function isCut(error: unknown): error is SessionOver | Unreachable {
  return error instanceof SessionOver || error instanceof Unreachable;
}

function askingOf(attempt: AttemptRef, nonce: string, { output, errors }: Copies): Asking {
  return { attempt, nonce, off: output.bytes, eoff: errors?.bytes ?? 0, split: errors !== null };
}

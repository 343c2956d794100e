/**
 * Whether the target of a run that is about to start is the one that its document means: its identity is read before the run is
 * there, and again by the run itself.
 *
 * Invariant: nothing is left behind, and only a reading that says no keeps the run from starting. What could not be read, or needs a
 * value that is asked for later, is for the run to find out.
 */
import { join } from 'node:path';
import { actions } from '../actions/registry.ts';
import { Performer } from '../engine/performer.ts';
import { HostError } from '../host/host.ts';
import { actingBody, type Known, probeStep } from '../run/acting.ts';
import type { EventDraft } from '../run/event.ts';
import { probeOutcome } from '../run/outcome.ts';
import type { Reading } from '../run/reading.ts';
import { reduceAll } from '../run/reduce.ts';
import type { ProbeState } from '../run/state.ts';
import { targetName } from '../run/trace.ts';
import type { Step } from '../runbook/document.ts';
import type { VariableProblem } from './refusal.ts';
import type { World } from './world.ts';

/** Nobody sees what takes longer here: the run, which shows it and can be stopped, reads it again. */
const briefMs = 5000;

/** Why the target is not the one that is meant, for a run that would begin with the event `started`; empty: nothing says so. */
export async function targetProblems(
  world: World,
  started: Extract<EventDraft, { type: 'run.started' }>,
  secrets: ReadonlyMap<string, string>,
): Promise<readonly VariableProblem[]> {
  if (started.data.runbook.target === undefined) return [];
  const { clock, machine } = world.host;
  const at = clock.now();
  const state = reduceAll([{ ...started, seq: 1, at, sha256: '' }], 'starting');
  const known: Known = { state, specs: actions, secrets };
  const probe: ProbeState = {
    probe: 'identity',
    step: null,
    visit: null,
    startedAt: at,
    folder: 'probes/0001-identity',
    bootId: machine.bootId,
    startedSeq: 1,
  };
  const step = probeStep(state, probe);
  if (step === null || !actingBody(known, step, null, false).ok) return [];
  const brief = { ...step, timeoutMs: Math.min(step.timeoutMs ?? briefMs, briefMs) };
  const reading = await readAside(world, known, brief, probe);
  if (reading?.kind !== 'read' || reading.blind === true || reading.unsure === true) return [];
  const told = probeOutcome(known, probe, step, reading).find(({ type }) => type === 'target.read');
  if (told?.type !== 'target.read' || told.data.ok) return [];
  const unread = reading.reason !== null || (reading.exit !== null && reading.exit !== 0);
  const wrong = unread ? 'cannot be read' : 'is not what the document expects';
  const why = `its identity (${step.summary.split('\n')[0] ?? ''}) ${wrong}: ${told.data.reason ?? ''}`;
  return [{ kind: 'target', name: targetName(state) ?? '', place: { kind: 'document' }, why }];
}

/** Reads it with a folder of its own, which is gone afterwards. Null: there is no place for one. */
async function readAside(world: World, known: Known, step: Step, probe: ProbeState): Promise<Reading | null> {
  const { host, here } = world;
  const { files, ids, machine } = host;
  const { repo, cwd, environment } = known.state.started;
  const folder = join(machine.env['TMPDIR'] ?? '/tmp', `gonogo-start-${ids.short(8)}`);
  try {
    await files.makeFolder(folder);
  } catch (error) {
    if (error instanceof HostError) return null;
    throw error;
  }
  const target = here({ folder, base: repo ?? cwd, environment });
  const journal = { workspace: folder, keep: () => Promise.reject(new Error('a probe keeps no files')) };
  try {
    const leave = new AbortController().signal;
    const tells = { held: () => undefined, link: () => undefined };
    const performer = new Performer({ host, target, actions, journal }, () => known, leave, tells);
    return await performer.probe(step, null, probe);
  } catch (error) {
    // What a disk refuses here says nothing of the target.
    if (error instanceof HostError) return null;
    throw error;
  } finally {
    await files.removeTree(folder).catch(() => undefined);
  }
}

/**
 * The ways through a runbook that a rehearsal takes, and the moments on them at which something may go wrong.
 *
 * Invariants:
 * - A moment is a point of a real run of the engine: what is on record, and the world as it is then.
 * - Each further way is decided against the document only as far as it takes to come to steps that no way before came to.
 */
import type { Actions } from '../actions/action.ts';
import { draftBy } from '../run/draft.ts';
import type { EventDraft, RunEvent } from '../run/event.ts';
import { outlineOf, type Place } from '../run/outline.ts';
import { reduce } from '../run/reduce.ts';
import { newestRules } from '../run/rules.ts';
import type { RunState } from '../run/state.ts';
import type { Runbook, Step } from '../runbook/document.ts';
import { standInId } from '../runbook/drill-file.ts';
import { eased, type Forced, nothingForced } from './ease.ts';
import { memoryJournal } from './memory-journal.ts';
import type { Decided } from './point.ts';
import { actor, driveOn, type Moment, type Stuck } from './session.ts';
import type { StandIns } from './stand-ins.ts';
import { DrillWorld } from './world.ts';

/** What a rehearsal goes by. */
export interface Rehearsing {
  readonly runbook: Runbook;
  readonly actions: Actions;
  readonly standIns: StandIns;
  /** Text by name; null: a secret that is set. */
  readonly vars: Readonly<Record<string, string | null>>;
  readonly secrets: ReadonlyMap<string, string>;
}

/** A visit of a step that changes something, or of a gate. `begun`: its attempt is on record; `closed`: what came of it is. */
export interface Passed {
  readonly step: string;
  readonly visit: number;
  readonly kind: 'change' | 'gate';
  /** Folder of its first attempt; null: a gate. */
  readonly folder: string | null;
  readonly before: Moment;
  /** Before the target is read for it; null: it is not. */
  readonly identified: Moment | null;
  readonly begun: RunState | null;
  readonly closed: Moment | null;
}

export interface Way {
  readonly decided: readonly Decided[];
  readonly forced: Forced;
  readonly passed: readonly Passed[];
  /** Every step that was begun. */
  readonly visited: ReadonlySet<string>;
  /** Where it stands still; null: it came to the end of the runbook. */
  readonly stuck: Stuck | null;
}

/** Ways that are looked for at most: each needs a choice or a condition of its own. */
const waysMax = 64;

/** Every way, the first as the stand-ins lead. Where that one stands still there is no other; where a later one does, the others go on. */
export async function waysOf(rehearsing: Rehearsing): Promise<readonly Way[]> {
  const first = await walk(rehearsing, [], nothingForced);
  const ways = [first];
  const tried = new Set<string>();
  while (ways.length < waysMax && first.stuck === null) {
    const next = nextDecisions(rehearsing.runbook, ways, tried);
    if (next === null) break;
    ways.push(await walk(rehearsing, next, forcedBy(next)));
  }
  return ways;
}

/** True for a step that a rollback has to know of. */
export function isChanging({ flow, effect, undo }: Step): boolean {
  return flow === 'leaf' && (effect === 'once' || effect === 'idempotent' || undo.kind !== 'none');
}

/** Steps of the phases that change something, in document order. */
export function changingSteps(runbook: Runbook): readonly Place[] {
  return [...outlineOf(runbook).places.values()].filter(
    ({ step, phase }) => phase !== null && step.item === undefined && isChanging(step),
  );
}

/** Steps that change something and to which no way led, those that copies are made of by `ID_N`. */
export function unreachedBy(runbook: Runbook, ways: readonly Way[]): readonly string[] {
  const visited = new Set(ways.flatMap((way) => [...way.visited]));
  const copied = [...outlineOf(runbook).places.values()].flatMap(({ step, phase }) =>
    step.each === undefined || phase === null ? [] : changingIn(step.each.pattern),
  );
  const made = copied.filter((id) => !someCopy(visited, id)).map(standInId);
  return [...placesUnreached(runbook, ways).map(({ step }) => step.id), ...made];
}

function placesUnreached(runbook: Runbook, ways: readonly Way[]): readonly Place[] {
  return changingSteps(runbook).filter(({ step }) => !ways.some(({ visited }) => visited.has(step.id)));
}

/** The ids of what changes something in a pattern of copies. */
function changingIn(step: Step): readonly string[] {
  const inner = [...step.blocks.flatMap(({ steps }) => steps), ...(step.each === undefined ? [] : [step.each.pattern])];
  return [...(isChanging(step) && step.item === undefined ? [step.id] : []), ...inner.flatMap(changingIn)];
}

/** True where a copy of the pattern's step `id` was begun. */
function someCopy(visited: ReadonlySet<string>, id: string): boolean {
  const copy = new RegExp(`^${id.replaceAll(/_N\d+/g, '_\\d+')}$`);
  return [...visited].some((one) => copy.test(one));
}

function forcedBy(decided: readonly Decided[]): Forced {
  const labels = decided.flatMap(({ step, label }): readonly (readonly [string, string])[] =>
    label === null ? [] : [[step, label]],
  );
  return {
    taken: new Set(decided.flatMap(({ step, label }) => (label === null ? [step] : []))),
    chosen: new Map(labels),
  };
}

/** What leads to the first step that no way came to, then what takes a way back that none took; null: nothing is left to try. */
function nextDecisions(runbook: Runbook, ways: readonly Way[], tried: Set<string>): readonly Decided[] | null {
  for (const place of placesUnreached(runbook, ways)) {
    const decided = leadingTo(place);
    if (decided.length > 0 && isNew(tried, decided)) return decided;
  }
  for (const { step, list, index } of outlineOf(runbook).places.values()) {
    if (step.flow !== 'choose' || step.effect !== 'person') continue;
    for (const { label, goto } of step.blocks) {
      const back = goto !== undefined && list.findIndex(({ id }) => id === goto) <= index;
      const decided = [{ step: step.id, label }];
      if (back && isNew(tried, decided)) return decided;
    }
  }
  return null;
}

function isNew(tried: Set<string>, decided: readonly Decided[]): boolean {
  const key = JSON.stringify(decided);
  return tried.has(key) ? false : tried.add(key) !== undefined;
}

/** From the outermost: conditions that are taken as true, and the labels that are chosen. */
function leadingTo(place: Place): readonly Decided[] {
  const decided: Decided[] = [];
  for (let at: Place | null = place; at !== null; at = at.parent) {
    if (at.step.when !== undefined) decided.unshift({ step: at.step.id, label: null });
    const chooser: Place | null = at.parent;
    const label = chooser?.step.flow === 'choose' ? chooser.step.blocks[at.block]?.label : undefined;
    if (chooser !== null && label !== undefined) decided.unshift({ step: chooser.step.id, label });
  }
  return decided;
}

async function walk(rehearsing: Rehearsing, decided: readonly Decided[], forced: Forced): Promise<Way> {
  const world = new DrillWorld(rehearsing.standIns);
  const watch = new Watch(world);
  const operator = { standIns: rehearsing.standIns, forced, denies: null, rollsBack: false };
  const { state, stuck } = await driveOn(
    { state: begin(rehearsing, forced, world), world },
    {
      actions: world.actions(rehearsing.actions),
      operator,
      secrets: rehearsing.secrets,
      opening: [],
      seen: (event, before, after) => watch.seen(event, before, after),
    },
  );
  const stood = stuck ?? (decided.length === 0 ? endedEarly(state) : null);
  return { decided, forced, passed: watch.passed(), visited: watch.visited, stuck: stood };
}

/** Where the stand-ins end a run before the end of its runbook: the points behind it would not be looked at. */
function endedEarly(state: RunState): Stuck | null {
  if (state.status === 'completed') return null;
  return {
    step: null,
    reason: `the run ends ${state.status}: ${state.rollback?.reason ?? state.endReason ?? 'nothing goes on'}`,
  };
}

/** The first record of a rehearsed run. */
function begin({ runbook, actions, standIns, vars }: Rehearsing, forced: Forced, world: DrillWorld): RunState {
  const document = eased(runbook, actions, standIns, forced);
  const started: EventDraft = draftBy(actor, 'run.started', {
    runbook: document,
    sha256: '00',
    documents: [...runbook.documents],
    vars: { ...vars },
    sources: {},
    cwd: '/desk',
    environment: {},
    operator: actor.name,
    hostname: 'rehearsal',
    bootId: world.bootId,
    version: '0',
    rules: newestRules,
    ...(document.target === undefined ? {} : { holds: true }),
  });
  const journal = memoryJournal(
    0,
    () => world.time,
    () => {},
  );
  const [event] = journal.place([started]);
  if (event === undefined) throw new Error('a journal places what it is given');
  return reduce(null, event, journal.id);
}

/** Looks on while a way is taken. */
class Watch {
  readonly visited = new Set<string>();
  readonly #world: DrillWorld;
  readonly #passed = new Map<string, Passed>();
  #identified: Moment | null = null;

  constructor(world: DrillWorld) {
    this.#world = world;
  }

  passed(): readonly Passed[] {
    return [...this.#passed.values()];
  }

  seen(event: RunEvent, before: RunState, after: RunState): false {
    if (event.type === 'probe.started' && event.data.probe === 'identity') this.#identified = this.#moment(before);
    if (event.type === 'step.started') {
      this.visited.add(event.data.step);
      this.#started(event.data, before, after);
    }
    if (event.type === 'approval.requested') {
      const { step, visit } = event.data;
      const gate = { step, visit, kind: 'gate', folder: null, identified: null, begun: null, closed: null } as const;
      this.#passed.set(keyOf(gate), { ...gate, before: this.#moment(after) });
    }
    this.#closes(event, after);
    return false;
  }

  #started(
    data: { readonly step: string; readonly visit: number; readonly folder: string },
    before: RunState,
    after: RunState,
  ): void {
    const { step, visit, folder } = data;
    const place = outlineOf(after.runbook).places.get(step);
    const key = keyOf(data);
    if (place === undefined || place.phase === null || place.step.item !== undefined) return;
    if (!isChanging(place.step) || this.#passed.has(key)) return;
    const identified = this.#identified;
    this.#identified = null;
    const moments = { before: this.#moment(before), identified, begun: after, closed: null };
    this.#passed.set(key, { step, visit, kind: 'change', folder, ...moments });
  }

  /** A visit that is closed is rolled back from there. */
  #closes({ type, data }: RunEvent, after: RunState): void {
    if (!(type === 'step.passed' || type === 'step.failed' || type === 'step.overridden')) return;
    const key = keyOf(data);
    const known = this.#passed.get(key);
    if (known?.kind === 'change' && known.closed === null)
      this.#passed.set(key, { ...known, closed: this.#moment(after) });
  }

  #moment(state: RunState): Moment {
    return { state, world: this.#world.copy() };
  }
}

function keyOf({ step, visit }: { readonly step: string; readonly visit: number }): string {
  return `${step} ${visit}`;
}

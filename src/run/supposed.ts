/**
 * The circumstances in which an event may have been decided. They were known to the process that decided and are not recorded, so
 * every one that it may have been in is supposed; the likely ones come first.
 *
 * Invariant: each of them could have been: nothing is supposed that contradicts the record.
 */
import type { ActionSpecs } from '../runbook/action-spec.ts';
import type { Circumstances } from './circumstances.ts';
import type { RunEvent } from './event.ts';
import { comparedAs, rulesOf } from './gate.ts';
import { unavailableIn } from './needs.ts';
import type { RunState } from './state.ts';
import { isRead } from './unset.ts';

/** What may have been known when `event` was decided in `state`. */
export function* supposed(state: RunState, event: RunEvent, specs: ActionSpecs): Generator<Circumstances> {
  const told = { previous: previousOf(state, event), earlier: earlierOf(event) };
  const fixed = { specs, ...told, bootId: state.bootId, unavailable: unavailableAt(state, event) };
  const none: ReadonlySet<string> = new Set();
  // Nearly every event of a rule is found here, and nothing else is looked up for it.
  yield { ...fixed, now: event.at, held: secretsSet(state), terminal: true, guided: false, arrivals: none };
  const steps = new Set(state.steps.keys());
  const others = new Set([...steps].filter((id) => !('step' in event.data) || id !== event.data.step));
  for (const held of heldSecrets(state)) {
    for (const terminal of [true, false]) {
      for (const now of moments(state, event)) {
        yield { ...fixed, now, held, terminal, guided: false, arrivals: none };
        yield { ...fixed, now, held, terminal, guided: true, arrivals: none };
        yield { ...fixed, now, held, terminal, guided: false, arrivals: others };
        yield { ...fixed, now, held, terminal, guided: false, arrivals: steps };
      }
    }
  }
}

/**
 * A secret whose command failed is told by the step that needed it. What a command prints for everybody is read before anything
 * else: where the run went on without, it could not be had.
 */
function unavailableAt(state: RunState, event: RunEvent): Circumstances['unavailable'] {
  const { vars } = state.runbook;
  const told = event.type === 'step.failed' ? unavailableIn(event.data.reason, Object.keys(vars)) : null;
  const isReading = event.type === 'variable.set' && event.data.source === 'command';
  const unread = Object.keys(vars).filter((name) => {
    const variable = vars[name];
    return !isReading && variable !== undefined && isRead(variable) && !state.variables.has(name);
  });
  return new Map([...unread.map((name) => [name, ''] as const), ...(told === null ? [] : [told])]);
}

/** The earlier verdict that a verdict is compared with comes from another run, and is taken as it is told. */
function previousOf(state: RunState, event: RunEvent): Circumstances['previous'] {
  if (event.type !== 'verdict.given') return new Map();
  const { previous, previousRun, previousRevision: revision, verdict } = event.data;
  if (previous === undefined || previousRun === undefined) return new Map();
  const rules = rulesOf(state, event.data.step);
  const key = rules === undefined ? verdict.checklist : comparedAs(rules);
  return new Map([[key, { run: previousRun, verdict: previous, revision }]]);
}

/** So does the answer of another run. */
function earlierOf(event: RunEvent): NonNullable<Circumstances['earlier']> {
  if (event.type !== 'item.answered') return new Map();
  const { step, result, detail, since: at, of } = event.data;
  return at === undefined || of === undefined ? new Map() : new Map([[step, { ...of, at, result, detail }]]);
}

/**
 * Between the record before and the event itself; or earlier, where the clock went back: then a record has the time of the one
 * before it. What has to wait for a moment was not decided sooner, so that moment may also have come.
 */
function moments(state: RunState, { at }: RunEvent): ReadonlySet<number> {
  return new Set([at, state.head.at, state.startedAt, Number.MAX_SAFE_INTEGER]);
}

/** All secrets that were set, none of them, or all but one. */
function* heldSecrets(state: RunState): Generator<ReadonlySet<string>> {
  const all = secretsSet(state);
  yield all;
  if (all.size > 0) yield new Set();
  if (all.size > 1) for (const name of all) yield new Set([...all].filter((one) => one !== name));
}

function secretsSet(state: RunState): ReadonlySet<string> {
  return new Set([...state.variables.keys()].filter((name) => state.runbook.vars[name]?.secret === true));
}

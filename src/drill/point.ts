/**
 * What a rehearsal is about: points at which a run can fail, what came of each, and what that says of the plan.
 *
 * Invariants:
 * - A point is `covered` when the rollback from it reached its end and every change that was begun was undone; `marked` when all that
 *   was not undone is what the runbook itself says has no way back; else `open`. Nothing else is looked at.
 * - It is a statement about the plan: that each failure is covered by an undo, not that a command of that undo works.
 */

/** In the order in which they are rehearsed at each step. */
export const pointKinds = [
  'fails-before',
  'in-doubt',
  'fails-after',
  'crash-before',
  'crash-after',
  'network-lost',
  'target-drifts',
  'approval-denied',
  'rollback',
  'undo-fails',
] as const;
export type PointKind = (typeof pointKinds)[number];

/** What a point is, in words that follow the name of its step. */
export const pointWords: Readonly<Record<PointKind, string>> = {
  'fails-before': 'fails before it begins',
  'in-doubt': 'is cut off in the middle',
  'fails-after': 'fails after it did its work',
  'crash-before': 'gonogo is killed before it',
  'crash-after': 'gonogo is killed after it',
  'network-lost': 'the network is lost, until the first undo has failed for it',
  'target-drifts': 'the target reads as another before it',
  'approval-denied': 'the approval is denied',
  rollback: 'is rolled back once it is done',
  'undo-fails': 'each of its undos fails once',
};

export interface FailurePoint {
  readonly kind: PointKind;
  readonly step: string;
  /** Which visit of it, from 1. */
  readonly visit: number;
  /** Number of the way through the runbook, from 0. */
  readonly way: number;
}

/**
 * A change that was begun and not undone. `danger`: it is past the point of no return; `none`: the runbook says `undo: none`;
 * `missing`: it has no undo and the runbook does not say so; `not-done`: its undo is planned, and was not done.
 */
export interface Left {
  readonly step: string;
  readonly why: 'danger' | 'none' | 'missing' | 'not-done';
}

/** `unchanged`: nothing was begun that a rollback could matter to. `stuck`: it did not reach its end. */
export type End =
  | { readonly kind: 'rolled-back' | 'unchanged' }
  | { readonly kind: 'stuck'; readonly step: string | null; readonly reason: string };

export type Standing = 'covered' | 'marked' | 'open';

export interface Outcome {
  readonly point: FailurePoint;
  readonly end: End;
  readonly left: readonly Left[];
  readonly standing: Standing;
}

/** What of `end` and `left` a point comes to. */
export function standingOf(end: End, left: readonly Left[]): Standing {
  const said = left.every(({ why }) => why === 'danger' || why === 'none');
  if (end.kind === 'stuck' || !said) return 'open';
  return left.length === 0 ? 'covered' : 'marked';
}

/** What was decided against the document to come to steps that it would have passed by. `label` null: a `when` taken as true. */
export interface Decided {
  readonly step: string;
  readonly label: string | null;
}

export interface Coverage {
  readonly outcomes: readonly Outcome[];
  /** The ways through the runbook, the first as its stand-ins lead. */
  readonly ways: readonly (readonly Decided[])[];
  /** Ways that stood still before the end of the runbook, by their number, and why. */
  readonly stood: readonly { readonly way: number; readonly step: string | null; readonly reason: string }[];
  /** Steps that change something to which no way led. */
  readonly unreached: readonly string[];
}

/** How many points stand how, and the share of them that has a way back or says that there is none, in whole percent, rounded down. */
export interface Count {
  readonly points: number;
  readonly covered: number;
  readonly marked: number;
  readonly open: number;
  readonly percent: number;
}

export function countOf({ outcomes }: Pick<Coverage, 'outcomes'>): Count {
  const of = (standing: Standing): number => outcomes.filter((one) => one.standing === standing).length;
  const [covered, marked, open] = [of('covered'), of('marked'), of('open')];
  const points = outcomes.length;
  return {
    points,
    covered,
    marked,
    open,
    percent: points === 0 ? 100 : Math.floor((100 * (covered + marked)) / points),
  };
}

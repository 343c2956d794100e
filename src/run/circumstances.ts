/** What deciding may know beside the state. It comes from the process that drives the run. */
import type { ActionSpecs } from '../runbook/action-spec.ts';
import type { StepId } from '../runbook/document.ts';
import type { DataOf, Revision, Verdict } from './event.ts';

/** `held`: secrets whose value is in memory. */
export interface Circumstances {
  readonly specs: ActionSpecs;
  /** Epoch ms. */
  readonly now: number;
  /** A person is walked through and orders each step; otherwise `on_fail` and answers decide. */
  readonly guided: boolean;
  /** Steps that are asked about on arrival although nobody guides. */
  readonly arrivals: ReadonlySet<StepId>;
  readonly held: ReadonlySet<string>;
  /** Why a secret whose command was run cannot be had, by its name. */
  readonly unavailable: ReadonlyMap<string, string>;
  /** There is a terminal that a step may have. */
  readonly terminal: boolean;
  /** The newest verdict of earlier runs, by what `comparedAs` says of the checklist. */
  readonly previous: ReadonlyMap<string, Previous>;
  /** The newest answers of earlier runs to the same questions over the same folder, by the item's step; absent: none is known. */
  readonly earlier?: ReadonlyMap<StepId, EarlierAnswer>;
  readonly bootId: string;
}

/** A verdict of an earlier run; `revision`: what it was given on, absent where that was not read. */
export interface Previous {
  readonly run: string;
  readonly verdict: Verdict;
  readonly revision?: Revision | undefined;
}

/** What somebody answered an item in an earlier run. */
export interface EarlierAnswer {
  readonly run: string;
  readonly by: string;
  /** Epoch ms that its age counts from. */
  readonly at: number;
  readonly result: DataOf<'item.answered'>['result'];
  readonly detail: string;
}

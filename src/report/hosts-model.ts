/** What a report says of hosts. A run that has none has nothing of it in its report. */
import type { Evidence } from '../run/event.ts';
import type { Status } from './status.ts';

/** `on`: the step as the document has it, or its undo, and the host on which this happened; absent: it happened here. */
export interface OnHost {
  readonly on?: { readonly step: string; readonly host: string };
}

/** What a step came to on one host, newest. */
export interface HostRecord {
  readonly host: string;
  /** From 1. */
  readonly batch: number;
  /** Id of the step there. */
  readonly id: string;
  readonly status: Status;
  readonly exit: number | null;
  readonly httpStatus: number | null;
  readonly tries: number;
  readonly ms: number | null;
  readonly reason: string | null;
  /** The end of what it said there, where it failed. */
  readonly lastLines: readonly string[];
  readonly evidence: readonly Evidence[];
  /** Null: no rollback takes it back. */
  readonly undone: Status | null;
}

/** A step and its hosts, in the order in which they have their turn. `words`: `5 of 6 hosts passed; web3 failed`. */
export interface StepOnHosts {
  readonly step: string;
  readonly title: string;
  readonly action: string;
  readonly status: Status;
  readonly words: string;
  readonly hosts: readonly HostRecord[];
}

/** Who a host said it was at `at`; once more where it said something else later. */
export interface HostTold {
  readonly host: string;
  readonly at: number;
  readonly hostKey: string | null;
  readonly hostname: string;
  readonly machineId: string | null;
  readonly bootId: string;
}

export interface FleetRecord {
  readonly told: readonly HostTold[];
  /** Hosts that could not be asked last, and why. */
  readonly unreachable: readonly { readonly host: string; readonly reason: string }[];
  /** Names of one machine. */
  readonly twins: readonly (readonly string[])[];
}

/** Of a step that was not reached. */
export interface NotReached extends OnHost {
  readonly phase: string;
  readonly id: string;
  readonly title: string;
}

/** What the report of a run with hosts has beside the rest. */
export interface HostParts {
  readonly hosts?: readonly StepOnHosts[];
  readonly fleet?: FleetRecord;
}

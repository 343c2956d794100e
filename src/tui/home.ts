/**
 * What the terminal app is given: the runs and documents around it (`Home`) and the terminal itself (`TerminalIo`).
 *
 * Invariants: the app does no I/O of its own; whatever it reads, starts or listens to goes through these two. A rejected
 * promise carries an `Error` whose message is written for the operator.
 */
import type { DocumentChange } from '../app/changed-documents.ts';
import type { People } from '../app/people.ts';
import type { AboutChanges } from '../app/resume.ts';
import type { Session } from '../engine/session.ts';
import type { ByteSource } from '../feed/byte-source.ts';
import type { RunState } from '../run/state.ts';
import type { Told } from './present/standing.ts';

/** A run as the home screen lists it. Times are epoch ms. */
export interface HomeRun {
  readonly run: string;
  readonly title: string;
  readonly status: string;
  readonly startedAt: number;
  /** Steps that passed and all that were not left out. */
  readonly passed: number;
  readonly total: number;
  /** Epoch ms of its newest record. */
  readonly at: number;
  /** Null: none, or it is over. */
  readonly phase: string | null;
  readonly operator: string;
  /** For whom or what it waits; null: nothing. */
  readonly waiting: string | null;
  /** The step that failed and that nobody has decided about. */
  readonly failed: string | null;
  /** What runs of it now. */
  readonly running: readonly { readonly step: string; readonly since: number }[];
  /** Whose consent is wanted, and what is owed. */
  readonly wanted: Told['wanted'];
  readonly owed: Told['owed'];
  /** Non-null: the run cannot be read, and why. */
  readonly problem: string | null;
}

/** A document that can be started. */
export interface RunbookFile {
  readonly kind: 'runbook' | 'checklist';
  /** `example`, `demo`: they come with gonogo. */
  readonly place: 'here' | 'example' | 'demo';
  readonly path: string;
  readonly title: string;
  /** Non-null: it has errors, and the first of them. */
  readonly problem: string | null;
}

/** `changed`: asked what is to become of documents that read differently than when the run pinned them; nothing was opened. */
export type OpenedRun =
  | { readonly kind: 'opened'; readonly session: Session }
  | { readonly kind: 'changed'; readonly changes: readonly DocumentChange[] };

/** The world around the runs. */
export interface Home {
  /** The newest runs and all that have not ended, newest first. */
  runs(): Promise<readonly HomeRun[]>;
  /** The runbooks of `./runbooks` and the checklists of `./checklists`, by path. */
  runbooks(): Promise<readonly RunbookFile[]>;
  /** Opens an unfinished run and goes on with it. Rejects when another process drives it, and when it has ended meanwhile. */
  open(run: string, changes: AboutChanges): Promise<OpenedRun>;
  /** Starts a run of a runbook, or an audit by a checklist. */
  start(path: string): Promise<Session>;
  /** A run as it is stored, without driving it. */
  read(run: string): Promise<RunState>;
  /** Who is at a run now; null: nobody can be seen. */
  people(run: string): Promise<People | null>;
  /** What the steps of a run wrote. */
  evidence(run: string): ByteSource;
  /** Writes output `path` of a run, its bytes as they are, to a new file; resolves with where that is. */
  saveOutput(run: string, path: string, file: string): Promise<string>;
  /** Durations in ms of passed steps of earlier runs of the same title, by step id. */
  durations(title: string): Promise<ReadonlyMap<string, readonly number[]>>;
  /** Bytes that each step printed when it last passed in another run of the same title than `run`. */
  lastOutputs(title: string, run: string): Promise<ReadonlyMap<string, number>>;
  /** Path of the written report of a run; null when there is none. */
  report(run: string): Promise<string | null>;
  /** What the report of a run says as it stands, as Markdown; nothing is written. Aborting `signal` ends the making of it. */
  previewReport(run: string, signal: AbortSignal): Promise<string>;
  /**
   * Writes the report of a run into its folder and, with `key` (a key file, or `SHA256:…` of a key in ssh-agent), signs it.
   * Resolves with the path of what a person reads first.
   */
  writeReport(run: string, key: string | null): Promise<string>;
}

type SignalName = 'SIGTERM' | 'SIGHUP' | 'SIGTSTP' | 'SIGCONT' | 'SIGINT';

/** What the prompts need of them: any two streams do. */
export interface PlainIo extends Pick<TerminalIo, 'now' | 'offsetMs' | 'onSignal'> {
  readonly stdin: NodeJS.ReadableStream & Partial<Pick<NodeJS.ReadStream, 'isTTY' | 'setRawMode'>>;
  readonly stdout: NodeJS.WritableStream & { readonly columns?: number };
}

/** The terminal and the process around the app. */
export interface TerminalIo {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Epoch ms. */
  now(): number;
  /** What to add to UTC for the local time of day, in ms. */
  offsetMs(atMs: number): number;
  /** Calls `handler` on every `signal` instead of the default; returns what ends that. */
  onSignal(signal: SignalName, handler: () => void): () => void;
  /** Shows `lines` by the operator's own pager; resolves when it is left. Rejects where there is none. */
  page(lines: AsyncIterable<string>): Promise<void>;
  /** Stops this process, as Ctrl-Z does; it goes on at SIGCONT. */
  stopSelf(): void;
}

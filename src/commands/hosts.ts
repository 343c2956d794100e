/** `gonogo hosts FILE`: whether a release could go to each host; `gonogo hosts clean [RUN]`: takes away what runs left there. */
import { type CleanedRun, cleanFleet, inspectFleet, readFleet } from '../app/fleet.ts';
import { visibleLine } from '../diagnostics/sanitise.ts';
import { exitCodes } from '../engine/exit-code.ts';
import type { Inspected } from '../target/ssh/fleet.ts';
import { bytesText } from '../tui/present/format.ts';
import { type Io, openWorld, printJson, type StateOptions, UsageError } from './command.ts';

export interface HostsOptions extends StateOptions {
  readonly json?: boolean | undefined;
  /** Programs that are needed too. */
  readonly needs: readonly string[];
  /** The folder for runs on the hosts. */
  readonly there?: string | undefined;
}

/** By how much a clock may be off before it is told. */
const offsetMostMs = 2000;
/** Less room than this is told. */
const roomLeastBytes = 100_000_000;

/** Exit 0: every host could take a run, or all was taken away; else 1. */
export async function hosts(what: string, run: string | undefined, options: HostsOptions, io: Io): Promise<number> {
  const state = options.there ?? null;
  if (state !== null && !state.startsWith('/'))
    throw new UsageError(`--there ${state}: an absolute folder on the hosts, or one that begins with /~/`);
  if (what === 'clean') return clean(run, state, options, io);
  if (run !== undefined) throw new UsageError(`hosts takes one file; ${run} is one word too many`);
  const fleet = await readFleet(what);
  const found = await inspectFleet(fleet, { programs: options.needs, state });
  const rows = found.map((one) => ({ one, wrong: wrongOf(one), notes: notesOf(one, found) }));
  const bad = rows.filter(({ wrong }) => wrong.length > 0).length;
  if (options.json === true) printJson(io, rows.map(asJson));
  else {
    for (const line of tableOf(rows)) io.stdout(`${line}\n`);
    io.stderr(`${found.length - bad} of ${found.length} hosts could take a run\n`);
  }
  return bad === 0 ? exitCodes.done : exitCodes.failed;
}

interface Row {
  readonly one: Inspected;
  /** Why no run could go there. */
  readonly wrong: readonly string[];
  /** What is worth a look, and stops nothing. */
  readonly notes: readonly string[];
}

function wrongOf(one: Inspected): readonly string[] {
  if (one.kind !== 'reached') return [one.reason.replace(`${one.host}: `, '')];
  return [...one.missing.map((name) => `no ${name}`), ...one.closed.map((name) => `sudo -n -u ${name} is not allowed`)];
}

function notesOf(one: Inspected, all: readonly Inspected[]): readonly string[] {
  if (one.kind !== 'reached') return [];
  const { machineId, offsetMs } = one.identity;
  const same = all.filter(
    (other) => other.kind === 'reached' && other.host !== one.host && other.identity.machineId === machineId,
  );
  return [
    ...(Math.abs(offsetMs) > offsetMostMs ? [`its clock is ${(offsetMs / 1000).toFixed(1)} s off`] : []),
    ...(one.freeBytes !== null && one.freeBytes < roomLeastBytes ? ['little room'] : []),
    ...(machineId !== null && same.length > 0 ? [`the same machine as ${same[0]?.host ?? ''}`] : []),
  ];
}

function tableOf(rows: readonly Row[]): readonly string[] {
  const cells = rows.map(({ one, wrong, notes }) => [
    visibleLine(one.host),
    wrong.length === 0 ? 'ok' : one.kind === 'reached' ? 'lacking' : one.kind,
    one.kind === 'reached' && one.freeBytes !== null ? `${bytesText(one.freeBytes)} free` : '',
    visibleLine([...wrong, ...notes].join('; ')),
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(0, ...cells.map((row) => (row[column] ?? '').length)));
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function asJson({ one, wrong, notes }: Row): Record<string, unknown> {
  return one.kind === 'reached'
    ? {
        host: one.host,
        status: wrong.length === 0 ? 'ok' : 'lacking',
        ...one.identity,
        freeBytes: one.freeBytes,
        ms: one.ms,
        wrong,
        notes,
      }
    : { host: one.host, status: one.kind, wrong, notes };
}

async function clean(run: string | undefined, state: string | null, options: HostsOptions, io: Io): Promise<number> {
  const world = await openWorld(options);
  const cleaned = await cleanFleet(world, run ?? null, state);
  if (options.json === true) printJson(io, cleaned);
  else tellCleaned(cleaned, io);
  const kept = cleaned.flatMap(({ hosts: all }) => all).filter(({ kind }) => kind !== 'gone' && kind !== 'none');
  return kept.length === 0 ? exitCodes.done : exitCodes.failed;
}

function tellCleaned(cleaned: readonly CleanedRun[], io: Io): void {
  if (cleaned.length === 0) io.stderr('no run that is over went to a host\n');
  for (const { run, hosts: all } of cleaned) {
    for (const one of all) {
      const said =
        'reason' in one ? `${one.kind}: ${one.reason}` : one.kind === 'gone' ? 'taken away' : 'nothing there';
      io.stdout(`${run}  ${visibleLine(one.host)}  ${visibleLine(said)}\n`);
    }
  }
}

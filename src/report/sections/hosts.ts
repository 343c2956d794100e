/** Steps by host, and who the hosts are. */
import { type Block, chip, code, fixed, none, type Section, section, some, type Text, table, when } from '../blocks.ts';
import { hostNames } from '../fold.ts';
import { notReached } from '../hosts.ts';
import type { HostRecord, StepOnHosts } from '../hosts-model.ts';
import type { ReportModel, StepRecord } from '../model.ts';
import { duration } from '../time.ts';
import { resultText } from '../visits.ts';
import { counted, status } from '../words.ts';

/** So many hosts of a step that came out alike have a row each. */
const alikeMax = 12;
/** With more batches than these, hosts that came out alike stand together over all of them. */
const batchesMax = 20;
/** So many lines of what was said stand in the table; a section of its own has more. */
const linesMax = 2;

/** The visits of steps with one row for each step on hosts, and for the undo of one. */
export function stepsOverHosts(steps: readonly StepRecord[], hosts: readonly StepOnHosts[]): readonly StepRecord[] {
  if (hosts.length === 0) return steps;
  const over = new Map(hosts.map((one) => [one.step, one]));
  const undos = Map.groupBy(
    steps.filter(({ on, phase }) => on !== undefined && phase === 'rollback'),
    ({ on }) => on?.step ?? '',
  );
  const told = new Set<string>();
  return steps.flatMap((step) => {
    const name = step.on?.step ?? step.id;
    const one = over.get(step.id);
    if (one === undefined && step.on === undefined) return [step];
    if (told.has(name)) return [];
    if (one !== undefined) {
      told.add(name);
      return [overHosts(steps, step, one)];
    }
    const undone = undos.get(name);
    if (undone === undefined) return [];
    told.add(name);
    return [undoneOver(step, name, undone)];
  });
}

function overHosts(steps: readonly StepRecord[], step: StepRecord, one: StepOnHosts): StepRecord {
  const visits = steps.filter(({ id }) => id === step.id);
  const ms = visits.reduce((sum, visit) => sum + (visit.ms ?? 0), 0);
  return { ...step, visits: 1, action: one.action, status: one.status, attempts: 0, ms, reason: one.words };
}

function undoneOver(first: StepRecord, name: string, all: readonly StepRecord[]): StepRecord {
  const words = Map.groupBy(all, (one) => (one.status.word === 'passed' ? 'undone' : one.status.word));
  const reason = [...words]
    .map(([word, own]) => `${hostNames(own.map(({ on }) => on?.host ?? ''))} ${word}`)
    .join('; ');
  const worst = all.find((one) => one.status.tone === 'bad') ?? all.find((one) => one.status.tone !== 'good') ?? first;
  const { id: _id, on: _on, ...rest } = first;
  return {
    ...rest,
    id: name,
    status: worst.status,
    attempts: 0,
    exit: null,
    httpStatus: null,
    ms: null,
    reason,
    evidence: [],
  };
}

/** What each step came to on each host: what went wrong first, hosts that came out alike in one row where they are many. */
export function hostsSection({ hosts = [] }: ReportModel): Section | null {
  const parts = hosts.map(({ step, title, words, hosts: records }) => ({
    title: title === step ? step : `${step}: ${title}`,
    blocks: [{ kind: 'text', text: [words] }, hostTable(step, records)] as const,
  }));
  return section('hosts', 'Steps by host', [], parts);
}

function hostTable(step: string, hosts: readonly HostRecord[]): Block {
  const groups = Map.groupBy(inWeight(hosts), alike(hosts));
  const rows = [...groups.values()].flatMap((all) =>
    all.length > alikeMax || all[0]?.status.word === notReached ? [hostRow(all)] : all.map((one) => hostRow([one])),
  );
  const columns = ['Host', 'Batch', 'Outcome', 'Result', 'Tries', 'Took', 'Evidence', 'Undone', 'Details'];
  return table(`Hosts of ${step}`, columns, rows);
}

/** Failures first, then what else is not as it should be, each in the order of the hosts. */
function inWeight(hosts: readonly HostRecord[]): readonly HostRecord[] {
  const weight = ({ status: { tone, word } }: HostRecord) =>
    tone === 'bad' ? 0 : tone === 'warn' ? 1 : tone === 'good' ? 2 : word === notReached ? 4 : 3;
  return hosts.toSorted((a, b) => weight(a) - weight(b));
}

function alike(hosts: readonly HostRecord[]): (host: HostRecord) => string {
  const apart = Math.max(...hosts.map(({ batch }) => batch)) <= batchesMax;
  return ({ batch, status: came, exit, httpStatus, tries, reason, lastLines, undone }) =>
    JSON.stringify([apart ? batch : 0, came, exit, httpStatus, tries, reason, lastLines, undone]);
}

function hostRow(all: readonly HostRecord[]): readonly Text[] {
  const [one] = all;
  if (one === undefined) return [];
  const names = all.map(({ host }) => host);
  const took = all.flatMap(({ ms }) => (ms === null ? [] : [ms]));
  const files = all.flatMap(({ evidence }) => evidence);
  const count = all.length === 1 ? [] : [` (${counted(all.length, 'host')})`];
  return [
    [code(hostNames(names)), ...count],
    [
      fixed(
        range(
          all.map(({ batch }) => batch),
          String,
        ),
      ),
    ],
    [chip(one.status)],
    [resultText(one.exit, one.httpStatus) ?? '–'],
    one.tries === 0 ? none : [String(one.tries)],
    took.length === 0 ? none : [fixed(range(took, duration))],
    files.length === 0
      ? none
      : all.length > 1
        ? [counted(files.length, 'file')]
        : files.flatMap(({ path }, index) => [index === 0 ? '' : ', ', code(path)]),
    one.undone === null ? none : [chip(one.undone)],
    detailsOf(one),
  ];
}

function detailsOf({ reason, lastLines, status: came }: HostRecord): Text {
  const said = lastLines.slice(-linesMax).flatMap((line) => [': ', code(line)]);
  if (came.tone === 'good' && reason === null) return none;
  return reason === null && said.length === 0 ? none : [reason ?? '', ...said];
}

function range(values: readonly number[], text: (value: number) => string): string {
  const [least, most] = [text(Math.min(...values)), text(Math.max(...values))];
  return least === most ? least : `${least} to ${most}`;
}

/** Who each host said it was, and which names are one machine. */
export function fleetSection({ fleet }: ReportModel): Section | null {
  if (fleet === undefined) return null;
  const { told, unreachable, twins } = fleet;
  const seen = new Set<string>();
  const rows = told.map(({ host, at, hostKey, hostname, machineId, bootId }): readonly Text[] => {
    const again = seen.has(host);
    seen.add(host);
    const [key, machine] = [hostKey, machineId].map((value): Text => (value === null ? none : [code(value)]));
    return [
      [code(host), again ? ', later' : ''],
      when(at),
      key ?? none,
      [code(hostname)],
      machine ?? none,
      [code(bootId)],
    ];
  });
  const columns = ['Host', 'Told', 'Host key', 'Host name', 'Machine id', 'Boot id'];
  const one = twins.map(
    (names): Text => [
      chip(status('warn', 'one machine')),
      ` by several names: ${hostNames(names)}. A step on all of them happens there more than once.`,
    ],
  );
  const away = unreachable.map(({ host, reason }): Text => [code(host), `: ${reason}`]);
  return section('machines', 'Machines', [
    ...some(one, () => ({ kind: 'list', items: one })),
    ...some(rows, () => table('Who the hosts said they are', columns, rows)),
    ...some(away, () => ({ kind: 'text', text: ['Could not be asked when they were asked last:'] })),
    ...some(away, () => ({ kind: 'list', items: away })),
  ]);
}

/**
 * How what this machine recorded differs from what the store has, and what is done about it: a store that went back to an earlier moment
 * lacks records that it had said to have.
 *
 * Invariants:
 * - A copy that ends within the store's lines is no difference, whatever follows there.
 * - What the store lacks is put back only where its own lines are how the copy begins: nobody went on meanwhile. Where somebody did,
 *   their records are the run, and those of here are kept beside it.
 * - Looking changes nothing.
 */
import { createHash } from 'node:crypto';
import type { Host } from '../../host/host.ts';
import { type Head, JournalError } from '../../journal/journal.ts';
import { after, beginning, type Place, verifyLine } from '../../journal/record.ts';
import { type Evidence, evidenceOf } from '../../run/event.ts';
import type { Apart, Branch, Lease } from '../store.ts';
import type { Row } from './connection.ts';
import { Copy, type CopyHead } from './copy.ts';
import type { DriverRow } from './place.ts';

type Query = (text: string, values: readonly unknown[]) => Promise<readonly Row[]>;

/** `lost`: the run is not in the store. `behind`: all that the store has, up to `seq`, is here too. `forked`: only what comes up to `seq`. */
export interface Difference {
  readonly kind: 'lost' | 'behind' | 'forked';
  readonly seq: number;
  readonly copy: Copy;
  readonly head: CopyHead;
}

/** Where copies are looked for. `workspace`: absolute folder of a run on this machine. */
export interface Looking {
  readonly host: Host;
  readonly query: Query;
  readonly workspace: (run: string) => string;
}

/** Those of `runs` whose copy here has something that the store has not. */
export async function differences(looking: Looking, runs: readonly string[]): Promise<ReadonlyMap<string, Difference>> {
  const { host, query, workspace } = looking;
  const copies = new Map<string, { readonly copy: Copy; readonly head: CopyHead }>();
  for (const run of runs) {
    const copy = new Copy(host, workspace(run));
    const head = await copy.head();
    if (head !== null) copies.set(run, { copy, head });
  }
  if (copies.size === 0) return new Map();
  const heads = [...copies.values()].map(({ head }) => head);
  const rows = await query(
    `select c.run, r.run is not null as there, p.run is not null as pruned, r.seq::float8 as seq, r.head,
      encode(sha256(e.line), 'hex') = c.sum as same
     from unnest($1::text[], $2::bigint[], $3::text[]) as c(run, seq, sum)
     left join gonogo.run as r on r.run = c.run left join gonogo.pruned as p on p.run = c.run
     left join gonogo.event as e on e.run = c.run and e.seq = c.seq`,
    [[...copies.keys()], heads.map(({ seq }) => seq), heads.map(({ sha256 }) => sha256)],
  );
  const found = new Map<string, Difference>();
  for (const { run, there, pruned, seq, head, same } of rows) {
    const own = copies.get(String(run));
    if (own === undefined || same === true || (there !== true && pruned === true)) continue;
    if (there !== true) found.set(String(run), { kind: 'lost', seq: 0, ...own });
    else found.set(String(run), await compared(query, String(run), own, { seq: Number(seq), sha256: String(head) }));
  }
  return found;
}

async function compared(
  query: Query,
  run: string,
  own: { readonly copy: Copy; readonly head: CopyHead },
  store: Head,
): Promise<Difference> {
  const sums = ['', ...(await sumsOf(own))];
  if (sums[store.seq] === store.sha256) return { kind: 'behind', seq: store.seq, ...own };
  // Both are chains: where one line is the same, all before it are.
  let [same, other] = [0, Math.min(store.seq, own.head.seq)];
  while (same < other) {
    const middle = Math.ceil((same + other) / 2);
    const [row] = await query(
      `select encode(sha256(line), 'hex') as sum from gonogo.event where run = $1 and seq = $2`,
      [run, middle],
    );
    if (row?.['sum'] === sums[middle]) same = middle;
    else other = middle - 1;
  }
  return { kind: 'forked', seq: same, ...own };
}

async function sumsOf({ copy, head }: { readonly copy: Copy; readonly head: CopyHead }): Promise<readonly string[]> {
  const sums: string[] = [];
  for await (const line of linesOf(copy, head)) sums.push(createHash('sha256').update(line).digest('hex'));
  return sums;
}

const newline = 10;

/** Without their newlines. */
async function* linesOf(copy: Copy, head: CopyHead): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  for await (const chunk of copy.chunks(head)) {
    const bytes = Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
      yield bytes.subarray(start, end);
      start = end + 1;
    }
    rest = bytes.subarray(start);
  }
}

/** What `Store.apart` tells of `runs`, of which `own` may have a copy here. */
export async function apartOf(
  looking: Looking,
  runs: readonly string[],
  own: readonly string[],
): Promise<ReadonlyMap<string, Apart>> {
  const found = new Map<string, { lacking: Apart['lacking']; branches: Branch[] }>();
  const of = (run: string) => {
    const one = found.get(run) ?? { lacking: null, branches: [] };
    found.set(run, one);
    return one;
  };
  const rows = await looking.query(
    `select run, head, after::float8 as after, cardinality(lines) as lines, driver ->> 'hostname' as hostname, kept
     from gonogo.branch where run = any($1) order by run, kept, head`,
    [runs],
  );
  const kept = new Set(rows.map(({ head }) => String(head)));
  for (const { run, after: from, lines, hostname, kept: at } of rows)
    of(String(run)).branches.push({
      after: Number(from),
      to: Number(from) + Number(lines),
      hostname: String(hostname),
      kept: at instanceof Date ? at.toISOString() : '',
    });
  for (const [run, { kind, seq, head }] of await differences(looking, own)) {
    if (kind !== 'forked') of(run).lacking = { from: seq + 1, to: head.seq };
    else if (!kept.has(head.sha256))
      of(run).branches.push({ after: seq, to: head.seq, hostname: looking.host.machine.hostname, kept: null });
  }
  return found;
}

const linesAtOnce = 200;

/** Puts back what the store lacks, with the evidence and documents that are here. `lease`: of this run, taken on the store as it is. */
export async function putBack(lease: Lease, { seq, copy, head }: Difference): Promise<void> {
  await lease.pin(await copy.documents());
  let place = beginning(lease.run);
  let pending: { readonly from: Place; readonly lines: Buffer[]; readonly evidence: Evidence[] } | null = null;
  const send = async (): Promise<void> => {
    if (pending === null) return;
    const bytes = Buffer.concat(pending.lines.flatMap((line) => [line, Buffer.of(newline)]));
    const appended = await lease.append({
      after: { seq: pending.from.seq, sha256: pending.from.sha256 },
      bytes,
      head: { seq: place.seq, sha256: place.sha256 },
      beside: { evidence: pending.evidence, running: [] },
    });
    if (appended.kind === 'refused' || appended.kind === 'unknown')
      throw new JournalError('unusable', `the records of run ${lease.run} cannot be put back: ${appended.reason}`);
    pending = null;
  };
  for await (const line of linesOf(copy, head)) {
    const verified = verifyLine(line, line.toString('utf8'), place);
    if (verified.kind !== 'event')
      throw new JournalError(
        'corrupt',
        `the copy of run ${lease.run} here does not verify: ${verified.reason}; nothing of it was put back`,
      );
    const { event } = verified;
    if (event.seq > seq) {
      pending ??= { from: place, lines: [], evidence: [] };
      pending.lines.push(Buffer.from(line));
      pending.evidence.push(...evidenceOf(event));
    }
    place = after(place, event);
    if (pending !== null && pending.lines.length >= linesAtOnce) await send();
  }
  await send();
}

/** Keeps beside the run what is only here, and begins a new copy. */
export async function keepBranch(
  query: Query,
  run: string,
  driver: DriverRow,
  { seq, copy, head }: Difference,
): Promise<void> {
  const lines: Buffer[] = [];
  let number = 0;
  for await (const line of linesOf(copy, head)) {
    number += 1;
    if (number > seq) lines.push(Buffer.from(line));
  }
  await query('select gonogo.keep_branch($1, $2, $3, $4)', [run, seq, lines, driver]);
  await copy.setAside();
}

/** The first line of a copy, with its newline, and the head that it leads to. */
export async function firstLine({
  copy,
  head,
}: Difference): Promise<{ readonly bytes: Uint8Array; readonly head: Head } | null> {
  for await (const line of linesOf(copy, head)) {
    const sha256 = createHash('sha256').update(line).digest('hex');
    return { bytes: Buffer.concat([line, Buffer.of(newline)]), head: { seq: 1, sha256 } };
  }
  return null;
}

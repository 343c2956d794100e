/**
 * The tables and functions of a store in PostgreSQL, in a schema of its own.
 *
 * Invariants:
 * - Whoever drives may read tables and call functions, and nothing else: no grant lets anybody but the owner change or remove a line.
 * - `append` is the whole protocol: one statement that adds lines if the epoch, the number and the digest of the last line fit, and else
 *   says `already` for the very same lines, or why it refused. Who is told nothing repeats it.
 * - An epoch that has passed writes nothing, whatever fits besides.
 * - A function that others call runs as the owner and finds names by none of theirs; those that serve these are nobody else's to call.
 * - Nothing depends on a session: poolers may give every transaction another connection.
 */

import { migration2 } from './migration-2.ts';
import { migration3 } from './migration-3.ts';
import { migration4 } from './migration-4.ts';
import { migration5 } from './migration-5.ts';

/** What this gonogo makes and understands. */
export const schemaVersion = 5;

const tables = `
create table gonogo.meta (version int not null, id text not null, max_evidence bigint not null);
create table gonogo.run (
  run text collate "C" primary key, epoch int not null, seq bigint not null, head text not null,
  driver jsonb, seen timestamptz not null, made timestamptz not null default now());
create table gonogo.lease (
  run text collate "C" not null references gonogo.run, epoch int not null, driver jsonb not null, primary key (run, epoch));
create table gonogo.event (
  run text collate "C" not null, seq bigint not null, line bytea not null, epoch int not null,
  primary key (run, seq));
create table gonogo.chunk (sha256 text primary key, bytes bytea not null);
create table gonogo.document (
  run text collate "C" not null references gonogo.run, sha256 text not null references gonogo.chunk, primary key (run, sha256));
create table gonogo.piece (
  run text collate "C" not null, path text collate "C" not null, start bigint not null, length int not null,
  sha256 text not null, primary key (run, path, start, length));
create table gonogo.tail (
  run text collate "C" not null references gonogo.run, path text collate "C" not null, start bigint not null, bytes bytea not null,
  primary key (run, path));
create table gonogo.message (
  run text collate "C" not null references gonogo.run, id text collate "C" not null, body text not null, primary key (run, id));
create table gonogo.target (target text primary key, looker text not null);
create table gonogo.claim (
  target text not null references gonogo.target, run text not null, number bigint generated always as identity,
  primary key (target, run));
create table gonogo.digest (
  run text collate "C" primary key references gonogo.run, head text not null, body text not null);
`;

/** Durable when it says so, also where the database was told not to wait for its disk. */
const durable = `
create function gonogo.durable() returns void language plpgsql as $$
begin
  if current_setting('synchronous_commit') in ('off', 'local') then
    perform set_config('synchronous_commit', 'on', true);
  end if;
end $$;`;

const writing = `
create function gonogo.put_chunk(p_bytes bytea) returns text
language sql as $$
  insert into gonogo.chunk (sha256, bytes) values (encode(sha256(p_bytes), 'hex'), p_bytes) on conflict do nothing;
  select encode(sha256(p_bytes), 'hex');
$$;

create function gonogo.put_lines(p_run text, p_epoch int, p_seq bigint, p_lines bytea[]) returns void
language sql as $$
  insert into gonogo.event (run, seq, line, epoch)
    select p_run, p_seq + n, line, p_epoch from unnest(p_lines) with ordinality as given(line, n);
  update gonogo.run set seq = p_seq + cardinality(p_lines), seen = now(),
    head = encode(sha256(p_lines[cardinality(p_lines)]), 'hex') where run = p_run;
$$;

create function gonogo.has_lines(p_run text, p_seq bigint, p_lines bytea[]) returns boolean
language sql stable as $$
  select count(*) = cardinality(p_lines) from unnest(p_lines) with ordinality as given(line, n)
    join gonogo.event as e on e.run = p_run and e.seq = p_seq + n and e.line = given.line;
$$;

create function gonogo.append(
  p_run text, p_epoch int, p_seq bigint, p_prev text, p_lines bytea[], p_target text, p_looker text,
  p_paths text[], p_starts bigint[], p_pieces bytea[]) returns text
language plpgsql security definer set search_path = pg_catalog as $$
declare r gonogo.run;
begin
  perform gonogo.durable();
  select * into r from gonogo.run where run = p_run for update;
  if not found then return 'refused gone'; end if;
  if r.epoch <> p_epoch then return 'refused epoch'; end if;
  if r.seq = p_seq and r.head = p_prev then
    if p_target is not null then
      perform 1 from gonogo.target where target = p_target and looker = p_looker for share;
      if not found then return 'refused target'; end if;
    end if;
    perform gonogo.put_lines(p_run, p_epoch, p_seq, p_lines);
    insert into gonogo.piece (run, path, start, length, sha256)
      select p_run, path, start, length(bytes), gonogo.put_chunk(bytes)
        from unnest(p_paths, p_starts, p_pieces) as given(path, start, bytes) on conflict do nothing;
    delete from gonogo.tail where run = p_run and path = any (p_paths);
    return 'appended';
  end if;
  if gonogo.has_lines(p_run, p_seq, p_lines) then return 'already'; end if;
  return case when r.seq < p_seq then 'refused behind' else 'refused head' end;
end $$;

create function gonogo.pin(p_run text, p_documents bytea[]) returns void
language plpgsql as $$
begin
  perform gonogo.durable();
  insert into gonogo.document (run, sha256)
    select distinct p_run, gonogo.put_chunk(one) from unnest(p_documents) as one on conflict do nothing;
end $$;

create function gonogo.pin_as(p_run text, p_epoch int, p_documents bytea[]) returns boolean
language plpgsql security definer set search_path = pg_catalog as $$
begin
  perform 1 from gonogo.run where run = p_run and epoch = p_epoch;
  if not found then return false; end if;
  perform gonogo.pin(p_run, p_documents);
  return true;
end $$;

create function gonogo.make(p_run text, p_driver jsonb, p_documents bytea[], p_lines bytea[]) returns text
language plpgsql security definer set search_path = pg_catalog as $$
begin
  perform gonogo.durable();
  insert into gonogo.run (run, epoch, seq, head, driver, seen) values (p_run, 1, 0, '', p_driver, now()) on conflict do nothing;
  if not found then
    perform 1 from gonogo.run where run = p_run and driver ->> 'token' = p_driver ->> 'token';
    return case when found then 'already' else 'taken' end;
  end if;
  insert into gonogo.lease (run, epoch, driver) values (p_run, 1, p_driver);
  perform gonogo.put_lines(p_run, 1, 0, p_lines);
  perform gonogo.pin(p_run, p_documents);
  return 'made';
end $$;`;

const driving = `
create function gonogo.take(p_run text, p_epoch int, p_driver jsonb) returns int
language plpgsql security definer set search_path = pg_catalog as $$
declare now_epoch int;
begin
  perform gonogo.durable();
  update gonogo.run set epoch = p_epoch + 1, driver = p_driver, seen = now() where run = p_run and epoch = p_epoch;
  if found then insert into gonogo.lease (run, epoch, driver) values (p_run, p_epoch + 1, p_driver); end if;
  select epoch into now_epoch from gonogo.run
    where run = p_run and epoch = p_epoch + 1 and driver ->> 'token' = p_driver ->> 'token';
  return now_epoch;
end $$;

create function gonogo.release(p_run text, p_epoch int) returns void
language sql security definer set search_path = pg_catalog as $$
  update gonogo.run set driver = null, seen = now() where run = p_run and epoch = p_epoch;
$$;

create function gonogo.enter(p_target text, p_run text, p_looker text) returns void
language plpgsql security definer set search_path = pg_catalog as $$
begin
  perform gonogo.durable();
  update gonogo.target set looker = p_looker where target = p_target;
  if p_run is not null then
    insert into gonogo.claim (target, run) values (p_target, p_run) on conflict do nothing;
  end if;
end $$;

create function gonogo.know(p_target text) returns void
language sql security definer set search_path = pg_catalog as $$
  insert into gonogo.target (target, looker) values (p_target, '') on conflict do nothing;
$$;

create function gonogo.forget(p_target text, p_runs text[], p_looker text) returns void
language sql security definer set search_path = pg_catalog as $$
  delete from gonogo.claim where target = p_target and run = any (p_runs)
    and exists (select from gonogo.target where target = p_target and looker = p_looker);
$$;`;

const keeping = `
create function gonogo.drives(p_run text, p_epoch int, p_path text) returns boolean
language sql stable as $$
  select exists (select from gonogo.run where run = p_run and (epoch = p_epoch or (p_epoch is null and p_path like 'attached/%')));
$$;

create function gonogo.put_piece(p_run text, p_epoch int, p_path text, p_start bigint, p_bytes bytea, p_new boolean) returns text
language plpgsql security definer set search_path = pg_catalog as $$
begin
  perform gonogo.durable();
  if not gonogo.drives(p_run, p_epoch, p_path) then return 'refused'; end if;
  if p_new then
    perform 1 from gonogo.piece where run = p_run and path = p_path and start = p_start and
      (length <> length(p_bytes) or sha256 <> encode(sha256(p_bytes), 'hex'));
    if found then return 'other'; end if;
  end if;
  insert into gonogo.piece (run, path, start, length, sha256)
    values (p_run, p_path, p_start, length(p_bytes), gonogo.put_chunk(p_bytes)) on conflict do nothing;
  if found then return 'kept'; end if;
  perform 1 from gonogo.piece where run = p_run and path = p_path and start = p_start and length = length(p_bytes)
    and sha256 = encode(sha256(p_bytes), 'hex');
  return case when found then 'already' else 'other' end;
end $$;

create function gonogo.put_tail(p_run text, p_epoch int, p_path text, p_start bigint, p_bytes bytea) returns void
language plpgsql security definer set search_path = pg_catalog as $$
begin
  if not gonogo.drives(p_run, p_epoch, '') then return; end if;
  insert into gonogo.tail (run, path, start, bytes) values (p_run, p_path, p_start, p_bytes)
    on conflict (run, path) do update set start = excluded.start, bytes = excluded.bytes;
end $$;

create function gonogo.discard(p_run text, p_epoch int, p_path text) returns void
language sql security definer set search_path = pg_catalog as $$
  delete from gonogo.piece where run = p_run and path = p_path and p_path like 'attached/%' and gonogo.drives(p_run, p_epoch, '');
$$;

create function gonogo.send(p_run text, p_id text, p_body text) returns boolean
language plpgsql security definer set search_path = pg_catalog as $$
begin
  perform gonogo.durable();
  insert into gonogo.message (run, id, body) select run, p_id, p_body from gonogo.run where run = p_run on conflict do nothing;
  perform 1 from gonogo.run where run = p_run;
  return found;
end $$;

create function gonogo.settle(p_run text, p_epoch int, p_ids text[]) returns void
language sql security definer set search_path = pg_catalog as $$
  delete from gonogo.message where run = p_run and id = any (p_ids) and gonogo.drives(p_run, p_epoch, '');
$$;

create function gonogo.remember(p_run text, p_head text, p_body text) returns void
language sql security definer set search_path = pg_catalog as $$
  insert into gonogo.digest (run, head, body) select run, p_head, p_body from gonogo.run where run = p_run and head = p_head
    on conflict (run) do update set head = excluded.head, body = excluded.body;
$$;`;

/** One after the other they lead from nothing to `schemaVersion`; each runs in a transaction that also records its number. */
export const migrations: readonly string[] = [
  [tables, durable, writing, driving, keeping].join('\n'),
  migration2,
  migration3,
  migration4,
  migration5,
];

/** After any of them: a function is everybody's when it is made. */
export const closing = 'revoke all on all functions in schema gonogo from public';

/** What functions a driver calls. The rest serve these alone. */
const called = [
  'append(text, int, bigint, text, bytea[], text, text, text[], bigint[], bytea[])',
  'make(text, jsonb, bytea[], bytea[])',
  'take(text, int, jsonb)',
  'release(text, int)',
  'pin_as(text, int, bytea[])',
  'know(text)',
  'enter(text, text, text)',
  'forget(text, text[], text)',
  'put_piece(text, int, text, bigint, bytea, boolean)',
  'put_tail(text, int, text, bigint, bytea)',
  'discard(text, int, text)',
  'send(text, text, text)',
  'settle(text, int, text[])',
  'remember(text, text, text)',
  'wake(text)',
  'watch(text, text, text, text)',
  'unwatch(text, text)',
  'keep_branch(text, bigint, bytea[], jsonb)',
  'keep_elsewhere(text, int, text[], bigint[], text, text)',
];

/** The statements that let `role`, quoted as a name, drive and read runs. */
export function grants(role: string): readonly string[] {
  return [
    `grant usage on schema gonogo to ${role}`,
    `grant select on all tables in schema gonogo to ${role}`,
    ...called.map((name) => `grant execute on function gonogo.${name} to ${role}`),
  ];
}

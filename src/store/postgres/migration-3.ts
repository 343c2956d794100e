/**
 * Version 3 of the tables: what wakes those who follow a run, who they are, and what lists ask for.
 *
 * Invariants:
 * - A wake proves nothing and nobody depends on one: it may be lost, late, or about nothing.
 * - No record waits for a wake. One that shared its transaction would hold up all others, since the server delivers wakes in one order.
 * - A run that is not `stale` has a digest of its very head: who appends makes it so, and who remembers it takes that away.
 */

const append = `
alter table gonogo.run add column stale boolean not null default true;
create index run_stale on gonogo.run (run) where stale;
update gonogo.run as r set stale = false from gonogo.digest as d where d.run = r.run and d.head = r.head;

create or replace function gonogo.append(
  p_run text, p_epoch int, p_seq bigint, p_prev text, p_lines bytea[], p_target text, p_looker text,
  p_paths text[], p_starts bigint[], p_pieces bytea[]) returns text
language plpgsql security definer set search_path = pg_catalog as $$
declare r gonogo.run; p_count int := cardinality(p_lines); p_sha256 text;
begin
  if current_setting('synchronous_commit') in ('off', 'local') then
    perform set_config('synchronous_commit', 'on', true);
  end if;
  update gonogo.run set seq = p_seq + p_count, seen = now(), stale = true, head = encode(sha256(p_lines[p_count]), 'hex')
    where run = p_run and epoch = p_epoch and seq = p_seq and head = p_prev;
  if not found then
    select * into r from gonogo.run where run = p_run for update;
    if not found then return 'refused gone'; end if;
    if r.epoch <> p_epoch then return 'refused epoch'; end if;
    if gonogo.has_lines(p_run, p_seq, p_lines) then return 'already'; end if;
    return case when r.seq < p_seq then 'refused behind' else 'refused head' end;
  end if;
  if p_target is not null then
    perform 1 from gonogo.target where target = p_target and looker = p_looker for share;
    if not found then
      update gonogo.run set seq = p_seq, head = p_prev where run = p_run;
      return 'refused target';
    end if;
  end if;
  for n in 1 .. p_count loop
    insert into gonogo.event (run, seq, line, epoch) values (p_run, p_seq + n, p_lines[n], p_epoch);
  end loop;
  for n in 1 .. cardinality(p_paths) loop
    p_sha256 := encode(sha256(p_pieces[n]), 'hex');
    insert into gonogo.chunk (sha256, bytes) values (p_sha256, p_pieces[n]) on conflict do nothing;
    insert into gonogo.piece (run, path, start, length, sha256)
      values (p_run, p_paths[n], p_starts[n], length(p_pieces[n]), p_sha256) on conflict do nothing;
    delete from gonogo.tail where run = p_run and path = p_paths[n];
  end loop;
  return 'appended';
end $$;`;

const waking = `
create function gonogo.channel(p_run text) returns text
language sql stable as $$ select 'gonogo_' || left(encode(sha256(convert_to(p_run, 'UTF8')), 'hex'), 24) $$;

create function gonogo.wake(p_run text) returns void
language plpgsql security definer set search_path = pg_catalog as $$
begin
  perform set_config('synchronous_commit', 'off', true);
  perform pg_notify(gonogo.channel(p_run), '');
end $$;

create or replace function gonogo.put_tail(p_run text, p_epoch int, p_path text, p_start bigint, p_bytes bytea) returns void
language plpgsql security definer set search_path = pg_catalog as $$
begin
  -- It proves nothing, so nobody waits for the disk while the run's row is held.
  perform set_config('synchronous_commit', 'off', true);
  if not gonogo.drives(p_run, p_epoch, '') then return; end if;
  perform pg_notify(gonogo.channel(p_run), '');
  insert into gonogo.tail (run, path, start, bytes) values (p_run, p_path, p_start, p_bytes)
    on conflict (run, path) do update set start = excluded.start, bytes = excluded.bytes;
end $$;`;

const watching = `
create unlogged table gonogo.watcher (
  run text collate "C" not null, id text not null, name text not null, hostname text not null,
  since timestamptz not null default now(), seen timestamptz not null default now(), primary key (run, id));

create function gonogo.watch(p_run text, p_id text, p_name text, p_hostname text) returns void
language sql security definer set search_path = pg_catalog as $$
  delete from gonogo.watcher where seen < now() - interval '10 minutes';
  insert into gonogo.watcher (run, id, name, hostname) select run, p_id, p_name, p_hostname from gonogo.run where run = p_run
    on conflict (run, id) do update set seen = now();
$$;

create function gonogo.unwatch(p_run text, p_id text) returns void
language sql security definer set search_path = pg_catalog as $$
  delete from gonogo.watcher where run = p_run and id = p_id;
$$;`;

const finding = `
alter table gonogo.digest
  add column started bigint generated always as ((body::jsonb -> 'summary' ->> 'startedAt')::bigint) stored,
  add column title text generated always as (body::jsonb -> 'summary' ->> 'title') stored,
  add column operator text generated always as (body::jsonb -> 'summary' ->> 'operator') stored,
  add column open boolean generated always as (body::jsonb -> 'summary' ->> 'status' in ('running', 'paused')) stored,
  add column waits boolean generated always as (
    body::jsonb -> 'summary' ->> 'waiting' is not null or jsonb_array_length(body::jsonb -> 'summary' -> 'wanted') > 0) stored,
  add column targets jsonb generated always as (coalesce(nullif(body::jsonb -> 'summary' -> 'trace', 'null') -> 'on', '[]')) stored;
create index digest_newest on gonogo.digest (started, run);
create index digest_title on gonogo.digest (title, started, run);
create index digest_operator on gonogo.digest (operator, started, run);
create index digest_waits on gonogo.digest (started, run) where waits;
create index digest_open on gonogo.digest (started, run) where open;
create index digest_targets on gonogo.digest using gin (targets jsonb_path_ops);

create function gonogo.removed() returns trigger language plpgsql security definer set search_path = pg_catalog as $$
begin
  delete from gonogo.watcher where run = old.run;
  return null;
end $$;
create trigger removed after delete on gonogo.run for each row execute function gonogo.removed();

create or replace function gonogo.remember(p_run text, p_head text, p_body text) returns void
language plpgsql security definer set search_path = pg_catalog as $$
begin
  perform set_config('synchronous_commit', 'off', true);
  update gonogo.run set stale = false where run = p_run and head = p_head;
  if not found then return; end if;
  insert into gonogo.digest (run, head, body) values (p_run, p_head, p_body)
    on conflict (run) do update set head = excluded.head, body = excluded.body;
end $$;`;

/** What leads from version 2 to 3. */
export const migration3 = [append, waking, watching, finding].join('\n');

/**
 * Version 2 of the tables: whatever a driver writes is fenced by its epoch as an append is, and runs can be removed.
 *
 * Invariants:
 * - Who writes for a run holds its row until that is done, so whoever takes it over comes before or after, never between.
 * - A chunk goes with the last run that names it. Who puts one waits for that, and then finds it gone.
 * - What was removed is remembered by its head: a run that is not there was removed, or was lost.
 */
const fenced = `
create or replace function gonogo.drives(p_run text, p_epoch int, p_path text) returns boolean
language plpgsql volatile as $$
declare newest int;
begin
  if p_epoch is null then
    perform 1 from gonogo.run where run = p_run for key share;
    return found and p_path like 'attached/%';
  end if;
  select epoch into newest from gonogo.run where run = p_run for share;
  return found and newest = p_epoch;
end $$;

create or replace function gonogo.pin_as(p_run text, p_epoch int, p_documents bytea[]) returns boolean
language plpgsql security definer set search_path = pg_catalog as $$
begin
  if not gonogo.drives(p_run, p_epoch, '') then return false; end if;
  perform gonogo.pin(p_run, p_documents);
  return true;
end $$;

create or replace function gonogo.put_tail(p_run text, p_epoch int, p_path text, p_start bigint, p_bytes bytea) returns void
language plpgsql security definer set search_path = pg_catalog as $$
begin
  -- It proves nothing, so nobody waits for the disk while the run's row is held.
  perform set_config('synchronous_commit', 'off', true);
  if not gonogo.drives(p_run, p_epoch, '') then return; end if;
  insert into gonogo.tail (run, path, start, bytes) values (p_run, p_path, p_start, p_bytes)
    on conflict (run, path) do update set start = excluded.start, bytes = excluded.bytes;
end $$;

create or replace function gonogo.discard(p_run text, p_epoch int, p_path text) returns void
language plpgsql security definer set search_path = pg_catalog as $$
begin
  if not gonogo.drives(p_run, p_epoch, '') then return; end if;
  delete from gonogo.piece where run = p_run and path = p_path and p_path like 'attached/%';
end $$;

create or replace function gonogo.settle(p_run text, p_epoch int, p_ids text[]) returns void
language plpgsql security definer set search_path = pg_catalog as $$
begin
  if not gonogo.drives(p_run, p_epoch, '') then return; end if;
  delete from gonogo.message where run = p_run and id = any (p_ids);
end $$;

create or replace function gonogo.forget(p_target text, p_runs text[], p_looker text) returns void
language plpgsql security definer set search_path = pg_catalog as $$
begin
  perform 1 from gonogo.target where target = p_target and looker = p_looker for share;
  if not found then return; end if;
  delete from gonogo.claim where target = p_target and run = any (p_runs);
end $$;`;

const removing = `
create table gonogo.pruned (
  run text collate "C" primary key, seq bigint not null, head text not null,
  at timestamptz not null default now(), by text not null default session_user);
create index piece_chunk on gonogo.piece (sha256);
create index document_chunk on gonogo.document (sha256);

create function gonogo.prune(p_run text, p_seq bigint, p_head text) returns text
language plpgsql security definer set search_path = pg_catalog as $$
declare r gonogo.run; named text[];
begin
  perform gonogo.durable();
  select * into r from gonogo.run where run = p_run for update;
  if not found then
    perform 1 from gonogo.pruned where run = p_run and head = p_head;
    return case when found then 'pruned' else 'gone' end;
  end if;
  if r.seq <> p_seq or r.head <> p_head then return 'changed'; end if;
  insert into gonogo.pruned (run, seq, head) values (p_run, p_seq, p_head)
    on conflict (run) do update set seq = excluded.seq, head = excluded.head, at = excluded.at, by = excluded.by;
  select array_agg(sha256) into named from (
    select sha256 from gonogo.piece where run = p_run union select sha256 from gonogo.document where run = p_run) as known;
  delete from gonogo.message where run = p_run;
  delete from gonogo.tail where run = p_run;
  delete from gonogo.claim where run = p_run;
  delete from gonogo.digest where run = p_run;
  delete from gonogo.document where run = p_run;
  delete from gonogo.piece where run = p_run;
  delete from gonogo.event where run = p_run;
  delete from gonogo.lease where run = p_run;
  delete from gonogo.run where run = p_run;
  lock table gonogo.chunk in share row exclusive mode;
  delete from gonogo.chunk as c where c.sha256 = any (named)
    and not exists (select from gonogo.piece as p where p.sha256 = c.sha256)
    and not exists (select from gonogo.document as d where d.sha256 = c.sha256);
  return 'pruned';
end $$;

create or replace function gonogo.make(p_run text, p_driver jsonb, p_documents bytea[], p_lines bytea[]) returns text
language plpgsql security definer set search_path = pg_catalog as $$
begin
  perform gonogo.durable();
  insert into gonogo.run (run, epoch, seq, head, driver, seen) values (p_run, 1, 0, '', p_driver, now()) on conflict do nothing;
  if not found then
    perform 1 from gonogo.run where run = p_run and driver ->> 'token' = p_driver ->> 'token';
    return case when found then 'already' else 'taken' end;
  end if;
  delete from gonogo.pruned where run = p_run;
  insert into gonogo.lease (run, epoch, driver) values (p_run, 1, p_driver);
  perform gonogo.put_lines(p_run, 1, 0, p_lines);
  perform gonogo.pin(p_run, p_documents);
  return 'made';
end $$;`;

/** What leads from version 1 to 2. */
export const migration2 = [fenced, removing].join('\n');

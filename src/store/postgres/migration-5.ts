/**
 * Version 5 of the tables: where evidence lies that is too large for the store.
 *
 * Invariant: it is said before the lines that name it are there, by who drives, and as of the machine that made it.
 */

/** What leads from version 4 to 5. */
export const migration5 = `
create table gonogo.elsewhere (
  run text collate "C" not null references gonogo.run on delete cascade, path text collate "C" not null,
  bytes bigint not null, place text not null, hostname text not null, primary key (run, path));

create function gonogo.keep_elsewhere(p_run text, p_epoch int, p_paths text[], p_bytes bigint[], p_place text, p_hostname text) returns boolean
language plpgsql security definer set search_path = pg_catalog as $$
begin
  perform gonogo.durable();
  if not gonogo.drives(p_run, p_epoch, '') then return false; end if;
  insert into gonogo.elsewhere (run, path, bytes, place, hostname)
    select p_run, path, bytes, p_place, p_hostname from unnest(p_paths, p_bytes) as given(path, bytes)
    on conflict (run, path) do update set bytes = excluded.bytes, place = excluded.place, hostname = excluded.hostname;
  return true;
end $$;`;

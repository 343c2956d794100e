/**
 * Version 4 of the tables: a database that went back to an earlier moment is found out, and what it lost of a run that was gone on with
 * meanwhile is kept beside it.
 *
 * Invariant: a branch is only added, and goes with its run.
 */

/** What leads from version 3 to 4. */
export const migration4 = `
create table gonogo.branch (
  run text collate "C" not null references gonogo.run on delete cascade, head text not null, after bigint not null,
  lines bytea[] not null, driver jsonb not null, kept timestamptz not null default now(), primary key (run, head));

create function gonogo.keep_branch(p_run text, p_after bigint, p_lines bytea[], p_driver jsonb) returns void
language plpgsql security definer set search_path = pg_catalog as $$
begin
  perform gonogo.durable();
  insert into gonogo.branch (run, head, after, lines, driver)
    select run, encode(sha256(p_lines[cardinality(p_lines)]), 'hex'), p_after, p_lines, p_driver from gonogo.run where run = p_run
    on conflict do nothing;
end $$;`;

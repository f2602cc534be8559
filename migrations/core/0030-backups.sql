-- Which backups were made, where their copies lie, and which of them a restore has proved. One row a run, for the whole
-- installation: it holds counts, sizes and digests, and nothing of any institution. Written by the backup role alone.

create table core.backups (
  id uuid primary key,
  -- "2026-11-27/1": each slot of the timetable is taken once, by whichever process is first; null for one by hand
  slot text unique,
  sequence bigint unique,              -- its place in the signed chain; null until it is whole
  began_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  bytes bigint,
  manifest jsonb,                      -- signed; null while the run is under way
  copies jsonb not null default '[]',  -- [{"target","at","says"}]: at is null where the copy failed
  verified_at timestamptz,             -- a copy was read back from its target, whole and to its end
  proved_at timestamptz,               -- it was restored into a scratch database and looked through
  restore_seconds float8,
  found text,                          -- what that restore found wrong; null: nothing
  failed text,                         -- a sentence, when the run failed
  keys_gone_at timestamptz             -- when the last copy of its keystore was removed
);
create index backups_newest on core.backups (began_at desc);
grant select, insert, update on core.backups to :backup;
grant select on core.backups to :app;

-- What a snapshot needs besides the tables with a tenant.
grant select on core.migrations to :backup;
grant usage on schema pgboss to :backup;
grant select on pgboss.job to :backup;

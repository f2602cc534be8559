-- Large files come in step by step, each step whole: what was read lies in pieces, and what was written is kept so that it
-- can be taken back.

-- One participant's values lie in one bucket, however they are strewn over the file.
create table studies.import_runs (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  import_id uuid not null,
  version_id uuid not null,
  stage text not null check (stage in ('reading', 'unreadable', 'looking', 'ready', 'taking', 'taken', 'taking back', 'taken back')),
  buckets int not null default 0 check (buckets >= 0),
  done int not null default 0 check (done between 0 and buckets),
  -- What the person said when it began: where new participants belong, the reason beside each value, in whose name.
  wish jsonb not null default '{}',
  report jsonb not null default '{}',
  result jsonb not null default '{}',
  moved_at timestamptz not null default clock_timestamp(),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, import_id),
  foreign key (tenant_id, workspace_id, import_id) references studies.imports (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, version_id) references studies.versions (tenant_id, workspace_id, id)
);
create index import_runs_of_version on studies.import_runs (tenant_id, workspace_id, version_id);

create table studies.import_pieces (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  import_id uuid not null,
  holds text not null check (holds in ('values', 'written')),
  bucket int not null check (bucket >= 0),
  content bytea not null,                    -- zstd of JSON
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, import_id) references studies.imports (tenant_id, workspace_id, id)
);
create index import_pieces_of_bucket on studies.import_pieces (tenant_id, workspace_id, import_id, holds, bucket);

select core.protect('studies.import_runs', '{"scope":"workspace",
  "select":[{"may":"studies.import"}], "insert":[{"may":"studies.import"}], "update":[{"may":"studies.import"}]}');
select core.protect('studies.import_pieces', '{"scope":"workspace",
  "select":[{"may":"studies.import"}], "insert":[{"may":"studies.import"}], "delete":[{"may":"studies.import"}]}');

-- What was written can be taken back, and what was written stands until then: only unread pieces go.
create function studies.keep_written() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if old.holds = 'written' then
    raise exception 'what an import wrote stays known' using errcode = '42501';
  end if;
  return old;
end $$;
create trigger keep_written before delete on studies.import_pieces for each row execute function studies.keep_written();

-- A run only goes forward, and is never about another file.
create function studies.keep_run() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if (new.tenant_id, new.workspace_id, new.id, new.import_id, new.made_by) is distinct from
     (old.tenant_id, old.workspace_id, old.id, old.import_id, old.made_by) then
    raise exception 'a run stays with its file' using errcode = '42501';
  end if;
  if old.stage in ('taking', 'taken', 'taking back', 'taken back') and new.stage not in ('taking', 'taken', 'taking back', 'taken back')
     or old.stage in ('taken', 'taking back', 'taken back') and new.stage = 'taking'
     or old.stage in ('taking back', 'taken back') and new.stage = 'taken'
     or old.stage = 'taken back' and new.stage = 'taking back' then
    raise exception 'an import that was begun is not begun again' using errcode = '42501';
  end if;
  new.moved_at := clock_timestamp();
  return new;
end $$;
create trigger keep_run before update on studies.import_runs for each row execute function studies.keep_run();

-- A job carries values over in the name of the person who asked for it; nobody else is named by himself.
create or replace function studies.next_version() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if (new.tenant_id, new.workspace_id, new.id, new.sheet_id, new.subject_id, new.form, new.section, new.section_key, new.item)
     is distinct from
     (old.tenant_id, old.workspace_id, old.id, old.sheet_id, old.subject_id, old.form, old.section, old.section_key, old.item) then
    raise exception 'a value stays in its place' using errcode = '42501';
  end if;
  new.version := old.version + 1;
  new.changed_at := clock_timestamp();
  new.changed_by := coalesce(core.actor(), case when new.source = 'import' then new.changed_by end);
  return new;
end $$;

-- The forms are found by their keys, once: joined to the rows that changed, a planner that knows no figures yet compared
-- every form with every row.
create or replace function studies.count_revision() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  update studies.sheets s set revision = s.revision + 1
  where s.tenant_id = any (array(select distinct tenant_id from changed))
    and s.workspace_id = any (array(select distinct workspace_id from changed))
    and s.id = any (array(select distinct sheet_id from changed));
  return null;
end $$;

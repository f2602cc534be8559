-- A file as it came in: kept whole, with its digest, before anything is made of it.
create table studies.imports (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  purpose text not null check (purpose in ('definition', 'data')),
  filename text not null check (length(filename) between 1 and 300),
  format text not null,
  sha256 bytea not null check (length(sha256) = 32),
  bytes bigint not null,
  raw bytea not null,                       -- zstd
  mapping jsonb,
  decisions jsonb not null default '{}',
  summary jsonb,
  taken_at timestamptz,
  taken_by uuid,
  abandoned_at timestamptz,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  check (taken_at is null or abandoned_at is null),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id)
);
create index imports_by_day on studies.imports (tenant_id, workspace_id, purpose, made_at desc);

create function studies.keep_raw() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if (new.tenant_id, new.workspace_id, new.id, new.purpose, new.filename, new.format, new.sha256, new.bytes, new.raw, new.made_by)
     is distinct from
     (old.tenant_id, old.workspace_id, old.id, old.purpose, old.filename, old.format, old.sha256, old.bytes, old.raw, old.made_by) then
    raise exception 'a file stays as it came' using errcode = '42501';
  end if;
  if old.taken_at is not null then
    raise exception 'an import that was carried out is never changed' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep_raw before update on studies.imports for each row execute function studies.keep_raw();

select core.protect('studies.imports', '{"scope":"workspace",
  "select":[{"may":"studies.design.write", "when":"purpose = ''definition''"}, {"may":"studies.import", "when":"purpose = ''data''"}],
  "insert":[{"may":"studies.design.write", "when":"purpose = ''definition''"}, {"may":"studies.import", "when":"purpose = ''data''"}],
  "update":[{"may":"studies.design.write", "when":"purpose = ''definition''"}, {"may":"studies.import", "when":"purpose = ''data''"}]}');

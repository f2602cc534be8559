-- Electronic signatures (21 CFR 11.50, 11.70): who, when, what it means, and a digest of what was signed.
create table core.signatures (
  tenant_id uuid not null default core.tenant(),
  id uuid not null default gen_random_uuid(),
  workspace_id uuid not null default core.workspace(),
  event text not null,
  meaning text not null,
  person_id uuid not null default core.actor(),
  printed_name text not null,
  content_sha256 bytea not null,
  request_id uuid not null,
  made_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, id),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id),
  foreign key (tenant_id, person_id) references core.persons (tenant_id, id)
);
create index signatures_by_place on core.signatures (tenant_id, workspace_id, made_at desc);
create index signatures_by_person on core.signatures (tenant_id, person_id);
select core.protect('core.signatures', '{"scope":"workspace", "mine":"person_id", "select":[{"may":"core.audit.read"}]}');
create policy append on core.signatures for insert to :app with check (person_id = (select core.actor()));
grant insert (event, meaning, printed_name, content_sha256, request_id) on core.signatures to :app;
create trigger never_changed before update or delete on core.signatures for each row execute function core.refuse_change();
create trigger never_emptied before truncate on core.signatures for each statement execute function core.refuse_change();

-- What the whole database held when it was locked: a digest for each participant, and one over all of them.
create table studies.manifests (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  lock_id uuid not null,
  manifest jsonb not null,
  sha256 bytea not null check (length(sha256) = 32),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, lock_id),
  foreign key (tenant_id, workspace_id, lock_id) references studies.locks (tenant_id, workspace_id, id)
);
create trigger never_changed before update or delete on studies.manifests for each row execute function core.refuse_change();
select core.protect('studies.manifests', '{"scope":"workspace",
  "select":[{"may":"studies.progress.read"}], "insert":[{"may":"studies.lock"}]}');

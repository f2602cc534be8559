-- Keys, wrapped. A row here opens nothing without the key provider (core/vault). Scope keys are wrapped by the provider;
-- a subject's key is wrapped by its workspace's key, so that a list of fifty names is one query and no call.

create table core.keys (
  tenant_id uuid not null default core.tenant(),
  id uuid not null default gen_random_uuid(),
  workspace_id uuid,                        -- null: the institution's own key
  subject_id uuid,
  purpose text not null check (purpose in ('field', 'index', 'file', 'export', 'backup')),
  version int not null default 1,
  wrapped bytea,                            -- null once destroyed: the row stays, to say when
  wrapped_by uuid,                          -- the scope key that wraps a subject's key
  provider text not null,
  made_at timestamptz not null default clock_timestamp(),
  retired_at timestamptz,
  destroyed_at timestamptz,
  destroyed_by uuid,
  primary key (tenant_id, id),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id),
  foreign key (tenant_id, wrapped_by) references core.keys (tenant_id, id),
  check ((wrapped is null) = (destroyed_at is not null)),
  check (subject_id is null or workspace_id is not null)
);
create unique index one_current_key on core.keys
  (tenant_id, coalesce(workspace_id, '00000000-0000-0000-0000-000000000000'), coalesce(subject_id, '00000000-0000-0000-0000-000000000000'), purpose, version);
create index keys_of_subject on core.keys (tenant_id, workspace_id, subject_id);
create index keys_by_wrapper on core.keys (tenant_id, wrapped_by);

select core.protect('core.keys', '{"scope":"tenant"}');
-- The institution's and this workspace's keys are at hand in any true context; a subject's key only to those who reach the
-- subject (opening a field asks for its own permission besides) or who are putting something under it.
create policy reach_select on core.keys for select to :app using (
  (workspace_id is null or workspace_id = (select core.workspace()))
  and (subject_id is null or (select core.reaches('core.subjects.read')))
  or subject_id in (select core.reach_subjects('core.subjects.read')));
create policy reach_insert on core.keys for insert to :app with check (
  workspace_id is null or workspace_id = (select core.workspace()));
create policy reach_update on core.keys for update to :app
  using (workspace_id = (select core.workspace()) and (select core.reaches('core.keys.destroy')))
  with check (workspace_id = (select core.workspace()) and destroyed_at is not null);
grant select, insert on core.keys to :app;
grant update (wrapped, wrapped_by, provider, destroyed_at, destroyed_by) on core.keys to :app;

-- The identity vault: who a subject is, sealed under the subject's own key. The record elsewhere holds only the code.
create table core.identities (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  subject_id uuid not null,
  name bytea,
  birth_date bytea,
  phone bytea,
  email bytea,
  record_number bytea,
  phone_index bytea,
  email_index bytea,
  record_number_index bytea,
  changed_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, subject_id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index identities_by_phone on core.identities (tenant_id, workspace_id, phone_index) where phone_index is not null;
create index identities_by_email on core.identities (tenant_id, workspace_id, email_index) where email_index is not null;
create index identities_by_record_number on core.identities (tenant_id, workspace_id, record_number_index) where record_number_index is not null;
select core.protect('core.identities', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"core.identities.open"}], "insert":[{"may":"core.subjects.manage"}], "update":[{"may":"core.subjects.manage"}]}');

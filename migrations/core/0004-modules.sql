-- Which module is switched on where, and how it is set. Both are histories: the newest row counts.

create table core.switches (
  tenant_id uuid not null default core.tenant(),
  id uuid not null default gen_random_uuid(),
  workspace_id uuid not null,
  module text not null check (module ~ '^[a-z]+$'),
  is_on boolean not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, id),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id)
);
create index switches_newest on core.switches (tenant_id, workspace_id, module, made_at desc);
select core.protect('core.switches', '{"scope":"tenant", "select":[{"may":"core.workspaces.read"}], "insert":[{"may":"core.modules.switch"}]}');
create policy reach_select_here on core.switches for select to :app using (workspace_id = (select core.workspace()));
create policy wall_place on core.switches as restrictive for all to :app
  using ((select core.workspace()) is null or workspace_id = (select core.workspace()))
  with check ((select core.workspace()) is null or workspace_id = (select core.workspace()));
create policy keeper on core.switches for select to :keeper using (true);
grant select on core.switches to :keeper;

create table core.settings (
  tenant_id uuid not null default core.tenant(),
  id uuid not null default gen_random_uuid(),
  workspace_id uuid not null,
  module text not null check (module ~ '^[a-z]+$'),
  value jsonb not null,
  reason text,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, id),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id)
);
create index settings_newest on core.settings (tenant_id, workspace_id, module, made_at desc);
select core.protect('core.settings', '{"scope":"tenant", "select":[{"may":"core.settings.manage"}], "insert":[{"may":"core.settings.manage"}]}');
create policy reach_select_here on core.settings for select to :app using (workspace_id = (select core.workspace()));
create policy wall_place on core.settings as restrictive for all to :app
  using ((select core.workspace()) is null or workspace_id = (select core.workspace()))
  with check ((select core.workspace()) is null or workspace_id = (select core.workspace()));
create policy keeper on core.settings for select to :keeper using (true);
grant select on core.settings to :keeper;

-- Files that hold a whole group leave only after their taker has said why and signed. What that gives is a pass: for one file as
-- it was asked for, one person, one session, one time, within 24 hours.
create table core.export_passes (
  tenant_id uuid not null default core.tenant() references core.tenants,
  id uuid not null default gen_random_uuid(),
  workspace_id uuid default core.workspace(),
  person_id uuid not null default core.actor(),
  session_ref text not null default (core.context())[7],  -- the signed context's: a writer cannot give it
  name text not null,                                     -- the export
  path text not null check (length(path) between 2 and 4000),
  reason text not null check (length(reason) between 3 and 500),
  made_at timestamptz not null default clock_timestamp(),
  until_at timestamptz not null default clock_timestamp() + interval '24 hours',
  used_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id),
  foreign key (tenant_id, person_id) references core.persons (tenant_id, id)
);
create index export_passes_of_person on core.export_passes (tenant_id, person_id, made_at desc);
select core.protect('core.export_passes', '{"scope":"tenant"}');
create policy own_select on core.export_passes for select to :app
  using (person_id = (select core.actor()) and (select core.actor_kind()) = 'person');
create policy own_insert on core.export_passes for insert to :app
  with check (person_id = (select core.actor()) and (select core.actor_kind()) = 'person'
    and session_ref = (select (core.context())[7]) and workspace_id is not distinct from (select core.workspace()));
create policy own_update on core.export_passes for update to :app
  using (person_id = (select core.actor()) and session_ref = (select (core.context())[7]) and used_at is null and until_at > clock_timestamp())
  with check (person_id = (select core.actor()) and used_at is not null);
grant select, insert (id, name, path, reason), update (used_at) on core.export_passes to :app;
create trigger never_removed before delete on core.export_passes for each row execute function core.refuse_change();
create trigger never_emptied before truncate on core.export_passes for each statement execute function core.refuse_change();

-- A file may take minutes to make: whoever was signed out meanwhile does not get it.
create function core.session_lives() returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select core.actor_kind() is distinct from 'person' or exists (select from core.sessions s
    where s.tenant_id = core.tenant() and s.person_id = core.actor() and s.ref = (core.context())[7] and s.ended_at is null)
$$;
revoke execute on function core.session_lives() from public;
grant execute on function core.session_lives() to :app;
alter function core.session_lives() owner to :keeper;

-- Access for a few hours, asked for with a reason and given by somebody else; opening one record in an emergency, looked
-- at afterwards; confirming at intervals what was given; and who can see a subject, and by what.

-- ── Production access: four hours at most ───────────────────────────────────────────────────────────────────────────
create table core.access_requests (
  tenant_id uuid not null default core.tenant(),
  id uuid not null default gen_random_uuid(),
  person_id uuid not null default core.actor(),
  workspace_id uuid not null,
  role text not null references core.roles,
  hours int not null check (hours between 1 and 4),
  reason text not null check (length(reason) between 10 and 1000),
  made_at timestamptz not null default clock_timestamp(),
  decided_at timestamptz,
  decided_by uuid,
  approved boolean,
  answer text check (length(answer) <= 1000),
  grant_id uuid,
  primary key (tenant_id, id),
  foreign key (tenant_id, person_id) references core.persons (tenant_id, id),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id),
  foreign key (tenant_id, grant_id) references core.grants (tenant_id, id),
  check ((decided_at is null) = (approved is null)),
  check (decided_by is null or decided_by <> person_id)
);
create index access_requests_of_workspace on core.access_requests (tenant_id, workspace_id, made_at desc);
create index access_requests_of_person on core.access_requests (tenant_id, person_id, made_at desc);
select core.protect('core.access_requests', '{"scope":"tenant", "select":[{"may":"core.grants.read"}]}');
create policy wall_place on core.access_requests as restrictive for all to :app
  using ((select core.workspace()) is null or workspace_id = (select core.workspace()) or person_id = (select core.actor()))
  with check ((select core.workspace()) is null or workspace_id = (select core.workspace()));
create policy reach_select_own on core.access_requests for select to :app using (person_id = (select core.actor()));
create policy keeper on core.access_requests to :keeper using (true) with check (true);
grant select, insert, update on core.access_requests to :keeper;
-- What the keeper gives ends by itself within four hours; it can give nothing else.
create policy keeper_limited on core.grants for insert to :keeper
  with check (to_at is not null and to_at <= clock_timestamp() + interval '4 hours' and role <> 'administrator' and workspace_id is not null
    and approved_by is not null and approved_by <> person_id);
grant insert on core.grants to :keeper;

-- ── Emergencies ─────────────────────────────────────────────────────────────────────────────────────────────────────
create table core.emergencies (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  person_id uuid not null default core.actor(),
  subject_id uuid not null,
  reason text not null check (length(reason) between 10 and 1000),
  made_at timestamptz not null default clock_timestamp(),
  until_at timestamptz not null,
  reviewed_at timestamptz,
  reviewed_by uuid,
  finding text check (length(finding) between 3 and 1000),
  is_justified boolean,
  primary key (tenant_id, id),
  foreign key (tenant_id, person_id) references core.persons (tenant_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id),
  check ((reviewed_at is null) = (finding is null))
);
create index emergencies_of_workspace on core.emergencies (tenant_id, workspace_id, made_at desc);
select core.protect('core.emergencies', '{"scope":"workspace", "select":[{"may":"core.grants.read"}], "update":[{"may":"core.grants.manage"}]}');
revoke update on core.emergencies from :app;
grant update (reviewed_at, reviewed_by, finding, is_justified) on core.emergencies to :app;
create policy reach_select_own on core.emergencies for select to :app using (person_id = (select core.actor()));
-- Nobody reviews his own.
create policy wall_self on core.emergencies as restrictive for update to :app
  using (person_id <> (select core.actor())) with check (person_id <> (select core.actor()));
create policy keeper on core.emergencies to :keeper using (true) with check (true);
grant select, insert on core.emergencies to :keeper;
create policy keeper_emergency on core.assignments for insert to :keeper
  with check (kind = 'emergency' and to_at <= clock_timestamp() + interval '4 hours');
grant insert on core.assignments to :keeper;

-- ── Confirming what was given ───────────────────────────────────────────────────────────────────────────────────────
alter table core.grants add column confirmed_at timestamptz, add column confirmed_by uuid;

set local role :keeper;
-- Whom to tell: those who manage access in this workspace, or in the whole institution.
create function core.grant_keepers(place uuid, out name text, out email text) returns setof record
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select p.name, p.email from core.persons p
  where p.tenant_id = core.tenant() and p.status = 'active' and p.id <> core.actor() and core.actor_kind() = 'person' and exists (
    select from core.grants g join core.role_permissions rp on rp.role = g.role and rp.permission = 'core.grants.manage'
    where g.tenant_id = p.tenant_id and g.person_id = p.id and (g.workspace_id = place or g.workspace_id is null) and g.revoked_at is null
      and g.from_at <= clock_timestamp() and (g.to_at is null or g.to_at > clock_timestamp()))
  order by p.made_at limit 20
$$;

-- A workspace by the word in its address, for somebody who has no access to it and asks for some.
create function core.place_to_ask_for(word text, out id uuid, out title text, out kind text) returns setof record
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select w.id, w.title, w.kind from core.workspaces w
  where w.tenant_id = core.tenant() and w.slug = word and w.archived_at is null and core.actor_kind() = 'person'
    and exists (select from core.persons p where p.tenant_id = w.tenant_id and p.id = core.actor() and p.status = 'active')
$$;

create function core.ask_for_hours(place uuid, wanted text, span int, why text) returns uuid
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  made uuid;
begin
  if core.actor_kind() is distinct from 'person'
    or not exists (select from core.persons p where p.tenant_id = core.tenant() and p.id = core.actor() and p.status = 'active') then
    raise exception 'only a person asks for access' using errcode = '42501';
  end if;
  insert into core.access_requests (tenant_id, person_id, workspace_id, role, hours, reason)
    values (core.tenant(), core.actor(), place, wanted, span, why) returning id into made;
  return made;
end $$;

-- By somebody else, within a day, once. The grant begins now and ends by itself. Null: it was decided already, or is too old.
create function core.decide_request(wanted uuid, is_approved boolean, said text) returns uuid
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  r record;
  given uuid;
begin
  if not core.reaches('core.grants.manage') then
    raise exception 'this needs core.grants.manage' using errcode = '42501';
  end if;
  select * into r from core.access_requests x where x.tenant_id = core.tenant() and x.id = wanted
    and x.workspace_id = core.workspace() and x.decided_at is null and x.made_at > clock_timestamp() - interval '1 day' for update;
  if not found then return null; end if;
  if r.person_id = core.actor() then
    raise exception 'nobody approves his own request' using errcode = '42501';
  end if;
  if is_approved then
    insert into core.grants (tenant_id, person_id, workspace_id, role, from_at, to_at, approved_by, reason)
      values (r.tenant_id, r.person_id, r.workspace_id, r.role, clock_timestamp(),
        clock_timestamp() + make_interval(hours => r.hours) - interval '1 second', core.actor(), left('For some hours: ' || r.reason, 500))
      returning id into given;
  end if;
  update core.access_requests x set decided_at = clock_timestamp(), decided_by = core.actor(), approved = is_approved, answer = said, grant_id = given
    where x.tenant_id = r.tenant_id and x.id = r.id;
  return r.person_id;
end $$;

-- For staff of this workspace, where it allows that, and for one subject: four hours, and somebody is told at once.
-- Null: there is no such subject here.
create function core.break_glass(called text, why text) returns uuid
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  whom uuid;
  made uuid;
begin
  if core.actor_kind() is distinct from 'person' or core.workspace() is null
    or not exists (select from core.workspaces w where w.tenant_id = core.tenant() and w.id = core.workspace() and w.policies ->> 'emergency' = 'allowed')
    or not exists (select from core.live_reach('core.subjects.read') l where l.reach <> 'own') then
    raise exception 'no emergency access here' using errcode = '42501';
  end if;
  select s.id into whom from core.subjects s where s.tenant_id = core.tenant() and s.workspace_id = core.workspace() and s.code = called;
  if whom is null then return null; end if;
  insert into core.assignments (tenant_id, workspace_id, person_id, subject_id, kind, to_at, made_by)
    values (core.tenant(), core.workspace(), core.actor(), whom, 'emergency', clock_timestamp() + interval '4 hours' - interval '1 second', core.actor());
  insert into core.emergencies (tenant_id, workspace_id, person_id, subject_id, reason, until_at)
    values (core.tenant(), core.workspace(), core.actor(), whom, why, clock_timestamp() + interval '4 hours' - interval '1 second') returning id into made;
  return made;
end $$;

-- An emergency widens what a role reaches by that one subject, whatever the role's own reach among subjects is.
create or replace function core.reach_subjects(wanted text) returns setof uuid
language plpgsql stable security definer set search_path = pg_catalog, pg_temp rows 20 as $$
declare
  c text[] := core.context();
  r record;
  is_staff boolean := false;
begin
  if c is null or c[4] = '' then return; end if;
  for r in select distinct l.reach, l.site_id from core.live_reach(wanted) l loop
    is_staff := is_staff or r.reach like 'assigned%' or r.reach = 'site';
    if r.reach like 'assigned%' then
      return query select a.subject_id from core.assignments a
        where a.tenant_id = c[3]::uuid and a.workspace_id = c[4]::uuid and a.person_id = c[6]::uuid
          and a.ended_at is null and a.from_at <= clock_timestamp() and (a.to_at is null or a.to_at > clock_timestamp())
          and (r.reach = 'assigned' or a.kind = substr(r.reach, 10));
    elsif r.reach = 'own' and c[5] = 'subject' then
      return next c[6]::uuid;
    elsif r.reach = 'own' then
      return query select s.id from core.subjects s
        where s.tenant_id = c[3]::uuid and s.workspace_id = c[4]::uuid and s.person_id = c[6]::uuid;
    elsif r.reach = 'site' and r.site_id is not null then
      return query select s.id from core.subjects s
        where s.tenant_id = c[3]::uuid and s.workspace_id = c[4]::uuid and s.site_id = r.site_id;
    end if;
  end loop;
  if is_staff and c[5] = 'person' then
    return query select a.subject_id from core.assignments a
      where a.tenant_id = c[3]::uuid and a.workspace_id = c[4]::uuid and a.person_id = c[6]::uuid and a.kind = 'emergency'
        and a.ended_at is null and (a.to_at is null or a.to_at > clock_timestamp());
  end if;
end $$;

-- Who can see this subject, by which permission, and by what: each live grant and assignment that reaches it.
create function core.who_reaches(wanted uuid, out person uuid, out name text, out role text, out permission text, out reach text,
  out whole boolean, out assigned_as text, out to_at timestamptz)
returns setof record language plpgsql stable security definer set search_path = pg_catalog, pg_temp rows 100 as $$
declare
  c text[] := core.context();
  s record;
begin
  if c is null or c[4] = '' or not core.reaches('core.grants.read') then return; end if;
  select x.id, x.site_id, x.person_id into s from core.subjects x
    where x.tenant_id = c[3]::uuid and x.workspace_id = c[4]::uuid and x.id = wanted;
  if not found then return; end if;
  return query
    select p.id, p.name, g.role, rp.permission, rp.reach, g.workspace_id is null, a.kind, least(g.to_at, a.to_at)
    from core.grants g
    join core.persons p on p.tenant_id = g.tenant_id and p.id = g.person_id and p.status = 'active'
    join core.role_permissions rp on rp.role = g.role
    left join core.assignments a on a.tenant_id = g.tenant_id and a.workspace_id = c[4]::uuid and a.person_id = g.person_id
      and a.subject_id = s.id and a.ended_at is null and a.from_at <= clock_timestamp() and (a.to_at is null or a.to_at > clock_timestamp())
      and ((rp.reach like 'assigned%' and (rp.reach = 'assigned' or a.kind = substr(rp.reach, 10) or a.kind = 'emergency'))
        or (rp.reach = 'site' and g.site_id is distinct from s.site_id and a.kind = 'emergency'))
    where g.tenant_id = c[3]::uuid and (g.workspace_id is null or g.workspace_id = c[4]::uuid) and g.revoked_at is null
      and g.from_at <= clock_timestamp() and (g.to_at is null or g.to_at > clock_timestamp())
      and (rp.reach = 'workspace'
        or (rp.reach = 'site' and (g.site_id is null or g.site_id = s.site_id or a.id is not null))
        or (rp.reach like 'assigned%' and a.id is not null)
        or (rp.reach = 'own' and s.person_id = g.person_id))
    order by p.name, p.id, g.role;
end $$;

do $$
declare f text;
begin
  foreach f in array array['core.grant_keepers(uuid)', 'core.place_to_ask_for(text)', 'core.ask_for_hours(uuid, text, int, text)',
    'core.decide_request(uuid, boolean, text)', 'core.break_glass(text, text)', 'core.who_reaches(uuid)'] loop
    execute format('revoke execute on function %s from public', f);
    execute format('grant execute on function %s to :app', f);
  end loop;
end $$;
set local role :owner;

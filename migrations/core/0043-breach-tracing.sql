-- Breach tracing: watched records, what is usual for a person, and alarms with their timeline. Written by system:watch,
-- which reads the sealed record and may do nothing else.

create table core.canaries (
  tenant_id uuid not null default core.tenant() references core.tenants,
  subject_id uuid not null,
  workspace_id uuid,                    -- where it lies; its keepers see all of them, from the institution
  placed_at timestamptz not null default clock_timestamp(),
  placed_by uuid not null default core.actor(),
  primary key (tenant_id, subject_id),
  foreign key (tenant_id, subject_id) references core.subjects (tenant_id, id),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id)
);
select core.protect('core.canaries', '{"scope":"tenant", "select":[{"may":"core.alarms.read"}, {"may":"core.alarms.raise"}]}');
create trigger never_changed before update or delete on core.canaries for each row execute function core.refuse_change();

-- How far the watch has read an institution's record: the number of its next leaf.
create table core.watches (
  tenant_id uuid primary key default core.tenant() references core.tenants,
  next_leaf bigint not null,
  at timestamptz not null default clock_timestamp()
);
select core.protect('core.watches', '{"scope":"tenant", "select":[{"may":"core.alarms.raise"}],
  "insert":[{"may":"core.alarms.raise"}], "update":[{"may":"core.alarms.raise"}]}');

-- What a person did on a day, to know what is unusual for him.
create table core.habits (
  tenant_id uuid not null default core.tenant() references core.tenants,
  person_id uuid not null,
  day date not null,
  views bigint not null default 0,      -- subjects in what was seen, one event at a time
  exports int not null default 0,
  hours int not null default 0,         -- a bit for each hour (UTC) with anything in it
  primary key (tenant_id, person_id, day)
);
select core.protect('core.habits', '{"scope":"tenant", "select":[{"may":"core.alarms.raise"}],
  "insert":[{"may":"core.alarms.raise"}], "update":[{"may":"core.alarms.raise"}]}');

create table core.alarms (
  tenant_id uuid not null default core.tenant() references core.tenants,
  id uuid not null default gen_random_uuid(),
  detector text not null check (detector in ('canary', 'volume', 'unassigned', 'refusals', 'walking', 'exports', 'hours')),
  workspace_id uuid,
  person_id uuid,                       -- who; null: not known
  person_name text not null,
  subject_id uuid,                      -- the watched record
  sentence text not null,
  first_event bigint not null,
  last_event bigint not null,
  times int not null default 1,
  raised_at timestamptz not null default clock_timestamp(),
  last_at timestamptz not null default clock_timestamp(),
  owner_id uuid,
  owned_at timestamptz,
  closed_at timestamptz,
  outcome text check (outcome in ('false-alarm', 'no-breach', 'breach')),
  primary key (tenant_id, id),
  foreign key (tenant_id, owner_id) references core.persons (tenant_id, id),
  check ((closed_at is null) = (outcome is null))
);
create index alarms_by_time on core.alarms (tenant_id, raised_at desc);
create index alarms_that_stand on core.alarms (tenant_id, detector, person_id) where closed_at is null;
select core.protect('core.alarms', '{"scope":"tenant", "select":[{"may":"core.alarms.read"}, {"may":"core.alarms.raise"}],
  "insert":[{"may":"core.alarms.raise"}], "update":[{"may":"core.alarms.manage"}, {"may":"core.alarms.raise"}]}');
revoke update on core.alarms from :app;
grant update (times, last_at, last_event, owner_id, owned_at, closed_at, outcome) on core.alarms to :app;
create trigger never_removed before delete on core.alarms for each row execute function core.refuse_change();
create trigger never_emptied before truncate on core.alarms for each statement execute function core.refuse_change();

-- The timeline: each thing that was found or done, never changed.
create table core.alarm_entries (
  tenant_id uuid not null default core.tenant() references core.tenants,
  id uuid not null default gen_random_uuid(),
  alarm_id uuid not null,
  kind text not null check (kind in ('raised', 'again', 'taken', 'note', 'closed', 'reopened')),
  words text not null check (length(words) between 1 and 4000),
  at timestamptz not null default clock_timestamp(),
  by_id uuid default core.actor(),
  primary key (tenant_id, id),
  foreign key (tenant_id, alarm_id) references core.alarms (tenant_id, id)
);
create index alarm_entries_of on core.alarm_entries (tenant_id, alarm_id, at);
select core.protect('core.alarm_entries', '{"scope":"tenant", "select":[{"may":"core.alarms.read"}],
  "insert":[{"may":"core.alarms.manage"}, {"may":"core.alarms.raise"}]}');
revoke insert on core.alarm_entries from :app;
grant insert (id, alarm_id, kind, words) on core.alarm_entries to :app;
create trigger never_changed before update or delete on core.alarm_entries for each row execute function core.refuse_change();
create trigger never_emptied before truncate on core.alarm_entries for each statement execute function core.refuse_change();

-- A watched record is a subject about whom nothing is kept: no module shows it, and nobody has a reason to open it. Who
-- keeps alarms sees no subjects, so this places one in a workspace of his institution without his meeting any other.
create function core.place_canary(place uuid, wanted text, what text) returns uuid
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare made uuid := gen_random_uuid();
begin
  if core.actor_kind() is distinct from 'person' or not core.reaches('core.alarms.manage') then
    raise exception 'not allowed' using errcode = '42501';
  end if;
  insert into core.subjects (tenant_id, workspace_id, id, code, kind, made_by) values (core.tenant(), place, made, wanted, what, core.actor());
  insert into core.canaries (tenant_id, subject_id, workspace_id, placed_by) values (core.tenant(), made, place, core.actor());
  return made;
end $$;
grant insert on core.subjects, core.canaries to :keeper;
create policy keeper_canary on core.subjects for insert to :keeper with check (tenant_id = core.tenant());
create policy keeper on core.canaries for insert to :keeper with check (tenant_id = core.tenant());

-- The codes of watched records, for those who keep them: they see no other subject.
create function core.canary_codes(out subject_id uuid, out code text, out workspace text, out placed_at timestamptz)
returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select c.subject_id, s.code, w.title, c.placed_at
  from core.canaries c
  join core.subjects s on s.tenant_id = c.tenant_id and s.id = c.subject_id
  join core.workspaces w on w.tenant_id = c.tenant_id and w.id = c.workspace_id
  where c.tenant_id = core.tenant() and core.reaches('core.alarms.read')
  order by c.placed_at desc
$$;
grant select on core.canaries, core.subjects, core.workspaces to :keeper;
create policy keeper_read on core.canaries for select to :keeper using (tenant_id = core.tenant());

-- Whom an alarm is posted to.
create function core.alarm_keepers(out name text, out email text)
returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select distinct p.name, p.email from core.grants g
  join core.role_permissions r on r.role = g.role and r.permission = 'core.alarms.manage'
  join core.persons p on p.tenant_id = g.tenant_id and p.id = g.person_id and p.status = 'active'
  where g.tenant_id = core.tenant() and g.workspace_id is null and g.revoked_at is null
    and g.from_at <= clock_timestamp() and (g.to_at is null or g.to_at > clock_timestamp())
    and core.reaches('core.alarms.raise')
$$;

-- Does this person work by assignment here, and is this subject assigned to others only? Assignments lie in workspaces,
-- and the watch looks at the whole institution.
create function core.is_unassigned(person uuid, place uuid, subject uuid) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select core.reaches('core.alarms.raise')
    and exists (select from core.assignments a where a.tenant_id = core.tenant() and a.workspace_id = place
      and a.person_id = person and a.ended_at is null)
    and not exists (select from core.assignments a where a.tenant_id = core.tenant() and a.workspace_id = place
      and a.person_id = person and a.subject_id = subject and a.ended_at is null)
$$;

-- Which institutions there are, for the watch.
create function core.tenants_to_watch(out id uuid, out slug text, out name text)
returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select t.tenant_id, t.slug, t.name from core.tenants t where t.suspended_at is null order by t.slug
$$;

do $$
declare f text;
begin
  foreach f in array array['core.place_canary(uuid, text, text)', 'core.canary_codes()', 'core.alarm_keepers()',
    'core.is_unassigned(uuid, uuid, uuid)'] loop
    execute format('revoke execute on function %s from public', f);
    execute format('grant execute on function %s to :app', f);
    execute format('alter function %s owner to :keeper', f);
  end loop;
end $$;
revoke execute on function core.tenants_to_watch() from public;
grant execute on function core.tenants_to_watch() to :door;
alter function core.tenants_to_watch() owner to :keeper;

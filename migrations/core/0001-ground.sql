-- The ground every table stands on: who is asking (a signed, transaction-local context), what that lets them reach,
-- and one function that walls a table. Tokens like :app are the names of this database's roles (core/db/roles.ts).

-- The schema core is there already: the migration runner keeps its own table in it.
grant usage on schema core to :app, :door, :keeper, :sealer, :backup, :jobs;
-- PostgreSQL asks that whoever a function is handed to could have made it there.
grant create on schema core to :keeper;

-- Two versions of the key may be live while a new one is rolled out. inner_pad and outer_pad are the key combined with
-- HMAC's pads (RFC 2104), so that a check costs two built-in sha256() calls and no extension.
create table core.context_keys (
  version int primary key,
  inner_pad bytea not null,
  outer_pad bytea not null,
  made_at timestamptz not null default clock_timestamp()
);
revoke all on core.context_keys from public;
grant select on core.context_keys to :keeper;

-- The context is 'v1|key version|tenant|workspace|kind|actor|session|permissions|expires|nonce~hmac', set for one
-- transaction by core.enter's caller. Injected SQL can blank it (no rows) but cannot forge another (security.md §2.1).
-- Called several times a statement, so it is written to be quick: no exception block (a subtransaction each time), and
-- nothing is cast before the seal has been checked. Whatever is malformed has no seal, and is no context.
create function core.context() returns text[]
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
  raw text := current_setting('cairn.context', true);
  said text;
  parts text[];
  pads record;
begin
  if raw is null or raw = '' then return null; end if;
  said := split_part(raw, '~', 1);
  parts := string_to_array(said, '|');
  select inner_pad, outer_pad into pads from core.context_keys where version::text = parts[2];
  if not found
    or raw <> said || '~' || encode(sha256(pads.outer_pad || sha256(pads.inner_pad || convert_to(said, 'UTF8'))), 'hex')
    then return null;
  end if;
  -- now() is the start of the transaction: a context does not expire under a running one, and is no use in a later one.
  if to_timestamp(parts[9]::float8) < now() then return null; end if;
  return parts;
end $$;

-- Bodies without a search path of their own, parsed once when they are made: the planner puts them into the statement,
-- where a function with settings would cost more than the seal it asks for.
create function core.tenant() returns uuid language sql stable return (core.context())[3]::uuid;
create function core.workspace() returns uuid language sql stable return nullif((core.context())[4], '')::uuid;
-- person | subject (a portal link) | system (a job) | nobody (before sign-in)
create function core.actor_kind() returns text language sql stable return (core.context())[5];
create function core.actor() returns uuid language sql stable return nullif((core.context())[6], '')::uuid;

-- ── Institutions, their workspaces, sites, people ───────────────────────────────────────────────────────────────────

create table core.tenants (
  tenant_id uuid primary key default gen_random_uuid(),
  slug text not null unique check (slug ~ '^[a-z][a-z0-9-]{1,40}$'),
  name text not null check (length(name) between 1 and 200),
  -- 'pilot' allows sign-in by a link in a mail; 'standard' is everyone else
  profile text not null default 'pilot' check (profile in ('pilot', 'standard')),
  -- policies an administrator may only make stricter than the house
  idle_limit interval check (idle_limit > interval '0'),
  policies jsonb not null default '{}',
  demo boolean not null default false,
  made_at timestamptz not null default clock_timestamp(),
  suspended_at timestamptz
);

create table core.workspaces (
  tenant_id uuid not null default core.tenant() references core.tenants,
  id uuid not null default gen_random_uuid(),
  slug text not null check (slug ~ '^[a-z0-9][a-z0-9-]{0,60}$'),
  title text not null check (length(title) between 1 and 200),
  kind text not null check (kind in ('program', 'study', 'service')),
  specialty text,
  policies jsonb not null default '{}',
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  archived_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, slug)
);

create table core.sites (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  code text not null check (length(code) between 1 and 40),
  name text not null check (length(name) between 1 and 200),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  closed_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, code),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id)
);

create table core.persons (
  tenant_id uuid not null default core.tenant() references core.tenants,
  id uuid not null default gen_random_uuid(),
  email text not null check (email = lower(email) and email like '_%@_%' and length(email) <= 254),
  name text not null check (length(name) between 1 and 200),
  status text not null default 'active' check (status in ('registered', 'verified', 'pending', 'active', 'suspended')),
  preferences jsonb not null default '{}',
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, id),
  unique (tenant_id, email)
);

-- What a role may do, written by `cairn migrate` from the modules' manifests: the same for every institution.
create table core.roles (
  role text primary key,
  title text not null,
  idle_minutes int check (idle_minutes between 1 and 720)
);
create table core.role_permissions (
  role text not null references core.roles on delete cascade,
  permission text not null,
  reach text not null check (reach ~ '^(workspace|site|mine|own|assigned(:[a-z_]+)?)$'),
  primary key (role, permission, reach)
);

create table core.grants (
  tenant_id uuid not null default core.tenant(),
  id uuid not null default gen_random_uuid(),
  person_id uuid not null,
  workspace_id uuid,                        -- null: the whole institution
  site_id uuid,                             -- null: every site
  role text not null references core.roles,
  from_at timestamptz not null default clock_timestamp(),
  to_at timestamptz,
  approved_by uuid default core.actor(),
  made_at timestamptz not null default clock_timestamp(),
  revoked_at timestamptz,
  revoked_by uuid,
  reason text,
  primary key (tenant_id, id),
  foreign key (tenant_id, person_id) references core.persons (tenant_id, id),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id),
  foreign key (tenant_id, workspace_id, site_id) references core.sites (tenant_id, workspace_id, id),
  check (site_id is null or workspace_id is not null),
  check (to_at is null or to_at > from_at)
);
create index grants_of_person on core.grants (tenant_id, person_id) where revoked_at is null;
create index grants_of_workspace on core.grants (tenant_id, workspace_id, site_id);

create table core.subjects (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  code text not null check (length(code) between 1 and 40),  -- the pseudonym that the record holds
  kind text not null check (kind in ('trainee', 'participant', 'member')),
  site_id uuid,
  person_id uuid,                           -- when the subject has an account
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  left_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, code),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id),
  foreign key (tenant_id, workspace_id, site_id) references core.sites (tenant_id, workspace_id, id),
  foreign key (tenant_id, person_id) references core.persons (tenant_id, id)
);
create unique index subjects_of_person on core.subjects (tenant_id, person_id, workspace_id) where person_id is not null;
create index subjects_of_site on core.subjects (tenant_id, workspace_id, site_id);

create table core.assignments (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  person_id uuid not null,
  subject_id uuid not null,
  kind text not null check (kind ~ '^[a-z_]{2,30}$'),
  from_at timestamptz not null default clock_timestamp(),
  to_at timestamptz,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  ended_at timestamptz,
  ended_by uuid,
  primary key (tenant_id, id),
  foreign key (tenant_id, person_id) references core.persons (tenant_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index assignments_of_person on core.assignments (tenant_id, workspace_id, person_id) where ended_at is null;
create index assignments_of_subject on core.assignments (tenant_id, workspace_id, subject_id);

-- ── Reach ───────────────────────────────────────────────────────────────────────────────────────────────────────────
-- All of these run as :keeper, which may read grants, roles, subjects and assignments and nothing else. They are called
-- from policies as (select f()) or IN (select f()), so each runs once a query, and they read the live rows: a revoked
-- grant or an ended assignment bites on the next statement.

create function core.live_reach(wanted text, out reach text, out site_id uuid) returns setof record
language plpgsql stable security definer set search_path = pg_catalog, pg_temp rows 2 as $$
declare
  c text[] := core.context();
begin
  if c is null then return; end if;
  if c[5] = 'system' then
    if wanted = any (string_to_array(c[8], ',')) then
      reach := 'workspace'; site_id := null; return next;
    end if;
    return;
  end if;
  if c[5] = 'subject' then
    if wanted = any (string_to_array(c[8], ',')) then
      reach := 'own'; site_id := null; return next;
    end if;
    return;
  end if;
  if c[5] <> 'person' then return; end if;
  return query
    select rp.reach, g.site_id
    from core.grants g
    join core.role_permissions rp on rp.role = g.role and rp.permission = wanted
    join core.persons p on p.tenant_id = g.tenant_id and p.id = g.person_id and p.status = 'active'
    where g.tenant_id = c[3]::uuid
      and g.person_id = c[6]::uuid
      and (g.workspace_id is null or g.workspace_id = nullif(c[4], '')::uuid)
      and g.revoked_at is null
      and g.from_at <= clock_timestamp()
      and (g.to_at is null or g.to_at > clock_timestamp());
end $$;

-- Everything in this workspace (or, outside one, in this institution)? Asked by nearly every statement, so it reads the
-- grants itself: live_reach gives the same answer at twice the price.
create function core.reaches(wanted text) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
  c text[] := core.context();
begin
  if c is null then return false; end if;
  if c[5] = 'system' then return wanted = any (string_to_array(c[8], ',')); end if;
  if c[5] <> 'person' then return false; end if;
  return exists (
    select from core.grants g
    join core.role_permissions rp on rp.role = g.role and rp.permission = wanted
      and (rp.reach = 'workspace' or (rp.reach = 'site' and g.site_id is null))
    join core.persons p on p.tenant_id = g.tenant_id and p.id = g.person_id and p.status = 'active'
    where g.tenant_id = c[3]::uuid
      and g.person_id = c[6]::uuid
      and (g.workspace_id is null or g.workspace_id = nullif(c[4], '')::uuid)
      and g.revoked_at is null
      and g.from_at <= clock_timestamp()
      and (g.to_at is null or g.to_at > clock_timestamp()));
end $$;

create function core.reach_sites(wanted text) returns setof uuid
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
  return query select r.site_id from core.live_reach(wanted) r where r.reach = 'site' and r.site_id is not null;
end $$;

-- The person whose rows these are, when the permission reaches one's own work.
create function core.reach_mine(wanted text) returns uuid
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
  if exists (select from core.live_reach(wanted) r where r.reach = 'mine') then return core.actor(); end if;
  return null;
end $$;

create function core.reach_subjects(wanted text) returns setof uuid
language plpgsql stable security definer set search_path = pg_catalog, pg_temp rows 20 as $$
declare
  c text[] := core.context();
  r record;
begin
  if c is null or c[4] = '' then return; end if;
  for r in select distinct l.reach, l.site_id from core.live_reach(wanted) l loop
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
end $$;

-- People whose names one may see: oneself; colleagues of the same workspace for staff; one's own mentor or coach for a
-- subject with an account.
create function core.reach_people() returns setof uuid
language plpgsql stable security definer set search_path = pg_catalog, pg_temp rows 50 as $$
declare
  c text[] := core.context();
begin
  if c is null then return; end if;
  if c[5] = 'person' then return next c[6]::uuid; end if;
  if c[4] = '' then return; end if;
  if core.reaches('core.colleagues.read') then
    return query select g.person_id from core.grants g
      where g.tenant_id = c[3]::uuid and (g.workspace_id is null or g.workspace_id = c[4]::uuid);
  end if;
  return query select a.person_id from core.assignments a
    where a.tenant_id = c[3]::uuid and a.workspace_id = c[4]::uuid and a.ended_at is null
      and a.subject_id in (select core.reach_subjects('core.subjects.read'));
end $$;

-- ── Walls ───────────────────────────────────────────────────────────────────────────────────────────────────────────
-- core.protect('milestones.evaluations', '{"scope":"workspace","subject":"subject_id","mine":"evaluator_id",
--   "select":[{"may":"milestones.read"},{"may":"milestones.results","when":"released_at is not null"}],
--   "insert":[{"may":"milestones.request"}], "update":[…], "delete":[…]}')
-- gives the table its restrictive walls (all commands) and a permissive reach policy for each command it allows; a
-- command that is not named is not granted at all. Every table has a migration and a backup policy for those two roles.

create function core.reach_condition(spec jsonb, command text) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
  rule jsonb;
  p text;
  any_of text[];
  all_rules text[] := '{}';
begin
  for rule in select * from jsonb_array_elements(spec -> command) loop
    p := quote_literal(rule ->> 'may');
    any_of := array[format('(select core.reaches(%s))', p)];
    if spec ? 'site' then any_of := any_of || format('%I in (select core.reach_sites(%s))', spec ->> 'site', p); end if;
    if spec ? 'subject' then any_of := any_of || format('%I in (select core.reach_subjects(%s))', spec ->> 'subject', p); end if;
    if spec ? 'mine' then any_of := any_of || format('%I = (select core.reach_mine(%s))', spec ->> 'mine', p); end if;
    if spec ? 'people' then any_of := any_of || format('%I in (select core.reach_people())', spec ->> 'people'); end if;
    all_rules := all_rules || format('((%s)%s)', array_to_string(any_of, ' or '),
      case when rule ? 'when' then ' and (' || (rule ->> 'when') || ')' else '' end);
  end loop;
  return array_to_string(all_rules, ' or ');
end $$;

create function core.protect(target regclass, spec jsonb) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  command text;
  condition text;
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  execute format('revoke all on %s from public', target);
  execute (select format('grant usage on schema %I to :app, :backup', n.nspname)
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = target);
  execute format('create policy migration on %s to :owner using (true) with check (true)', target);
  execute format('create policy backup on %s for select to :backup using (true)', target);
  execute format('grant select on %s to :backup', target);
  execute format('create policy wall_tenant on %s as restrictive for all to :app
    using (tenant_id = (select core.tenant())) with check (tenant_id = (select core.tenant()))', target);
  if spec ->> 'scope' = 'workspace' then
    execute format('create policy wall_workspace on %s as restrictive for all to :app
      using (workspace_id = (select core.workspace())) with check (workspace_id = (select core.workspace()))', target);
  elsif spec ->> 'scope' is distinct from 'tenant' then
    raise exception 'core.protect(%): scope must be tenant or workspace', target;
  end if;
  foreach command in array array['select', 'insert', 'update', 'delete'] loop
    continue when not spec ? command;
    condition := core.reach_condition(spec, command);
    if command = 'insert' then
      execute format('create policy reach_insert on %s for insert to :app with check (%s)', target, condition);
    elsif command = 'update' then
      execute format('create policy reach_update on %s for update to :app using (%s) with check (%s)', target, condition,
        core.reach_condition(jsonb_set(spec, '{update}', coalesce((select jsonb_agg(r - 'when') from jsonb_array_elements(spec -> 'update') r), '[]')), 'update'));
    else
      execute format('create policy reach_%s on %s for %s to :app using (%s)', command, target, command, condition);
    end if;
    execute format('grant %s on %s to :app', command, target);
  end loop;
end $$;
revoke execute on function core.protect(regclass, jsonb) from public;

-- A key row of a subject or anything else that must never change or go: refuses even a superuser's careless statement.
create function core.refuse_change() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  raise exception 'rows of %.% are never changed or removed', tg_table_schema, tg_table_name using errcode = '42501';
end $$;

-- Rights first, then the keeper: once a function is handed over, its giver can revoke nothing.
do $$
declare f text;
begin
  foreach f in array array['core.context()', 'core.live_reach(text)', 'core.reaches(text)', 'core.reach_sites(text)',
    'core.reach_mine(text)', 'core.reach_subjects(text)', 'core.reach_people()'] loop
    execute format('revoke execute on function %s from public', f);
    execute format('grant execute on function %s to :app', f);
    execute format('alter function %s owner to :keeper', f);
  end loop;
  foreach f in array array['core.tenant()', 'core.workspace()', 'core.actor()', 'core.actor_kind()'] loop
    execute format('revoke execute on function %s from public', f);
    execute format('grant execute on function %s to :app, :keeper, :owner', f);
  end loop;
end $$;
-- What migrations and the first accounts insert has defaults that ask who is asking: the owner may ask too (and is told: nobody).
set local role :keeper;
grant execute on function core.context() to :owner;
set local role :owner;

select core.protect('core.tenants', '{"scope":"tenant",
  "select":[{"may":"core.tenant.read"}], "update":[{"may":"core.tenant.manage"}]}');
-- The name of one's own institution stands in every page's bar: the wall is enough.
create policy reach_select_own on core.tenants for select to :app using (tenant_id = (select core.tenant()));

select core.protect('core.workspaces', '{"scope":"tenant",
  "select":[{"may":"core.workspaces.read"}], "insert":[{"may":"core.workspaces.manage"}], "update":[{"may":"core.workspaces.manage"}]}');
create policy reach_select_here on core.workspaces for select to :app using (id = (select core.workspace()));

select core.protect('core.sites', '{"scope":"tenant", "site":"id",
  "select":[{"may":"core.sites.read"}], "insert":[{"may":"core.workspaces.manage"}], "update":[{"may":"core.workspaces.manage"}]}');
create policy wall_place on core.sites as restrictive for all to :app
  using ((select core.workspace()) is null or workspace_id = (select core.workspace()))
  with check ((select core.workspace()) is null or workspace_id = (select core.workspace()));
select core.protect('core.persons', '{"scope":"tenant", "people":"id",
  "select":[{"may":"core.people.read"}], "insert":[{"may":"core.people.manage"}], "update":[{"may":"core.people.manage"}]}');
-- `people` above would let anyone who may see a person also change them: these two ask for the permission alone.
drop policy reach_insert on core.persons;
drop policy reach_update on core.persons;
create policy reach_insert on core.persons for insert to :app
  with check ((select core.reaches('core.people.manage')) or (select core.reaches('core.people.invite')));
create policy reach_update on core.persons for update to :app
  using ((select core.reaches('core.people.manage'))) with check ((select core.reaches('core.people.manage')));

select core.protect('core.grants', '{"scope":"tenant", "mine":"person_id",
  "select":[{"may":"core.grants.read"}], "insert":[{"may":"core.grants.manage"}], "update":[{"may":"core.grants.manage"}]}');
-- A grant inside a workspace is visible and given in that workspace only; one for the institution, only by a grant for it.
create policy wall_place on core.grants as restrictive for all to :app
  using ((select core.workspace()) is null or workspace_id = (select core.workspace()) or person_id = (select core.actor()))
  with check ((select core.workspace()) is null or workspace_id = (select core.workspace()));
-- Nobody approves a grant to himself.
create policy wall_self on core.grants as restrictive for insert to :app with check (person_id <> (select core.actor()));

select core.protect('core.subjects', '{"scope":"workspace", "subject":"id",
  "select":[{"may":"core.subjects.read"}], "insert":[{"may":"core.subjects.manage"}], "update":[{"may":"core.subjects.manage"}]}');
select core.protect('core.assignments', '{"scope":"workspace", "subject":"subject_id", "mine":"person_id",
  "select":[{"may":"core.assignments.read"}], "insert":[{"may":"core.assignments.manage"}], "update":[{"may":"core.assignments.manage"}]}');

-- The keeper's own doors, each named: what the reach functions and the sign-in functions may read.
do $$
declare t text;
begin
  foreach t in array array['tenants', 'workspaces', 'sites', 'persons', 'grants', 'subjects', 'assignments'] loop
    execute format('create policy keeper on core.%I for select to :keeper using (true)', t);
    execute format('grant select on core.%I to :keeper', t);
  end loop;
end $$;
grant select on core.roles, core.role_permissions to :keeper, :app, :backup;

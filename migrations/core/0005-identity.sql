-- Sign-in. Before there is a session there is no context, so everything here is reached through functions that :door may
-- call and that :keeper owns; no table grant goes to :door at all.

create table core.credentials (
  tenant_id uuid not null,
  id uuid not null default gen_random_uuid(),
  person_id uuid not null,
  kind text not null check (kind in ('password', 'totp', 'passkey', 'recovery')),
  secret text not null,                     -- argon2id for a password
  made_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, person_id) references core.persons (tenant_id, id)
);
create index credentials_of_person on core.credentials (tenant_id, person_id, kind) where ended_at is null;

create table core.sessions (
  tenant_id uuid not null,
  id_hash bytea not null,                   -- SHA-256 of the 256-bit token: a stolen table is no cookie
  person_id uuid not null,
  method text not null,                     -- password | link | demo | …
  made_at timestamptz not null default clock_timestamp(),
  last_seen timestamptz not null default clock_timestamp(),
  until_at timestamptz not null default clock_timestamp() + interval '12 hours',
  ip inet,
  agent text,
  ended_at timestamptz,
  ended_why text,
  primary key (tenant_id, id_hash),
  foreign key (tenant_id, person_id) references core.persons (tenant_id, id)
);
create index sessions_of_person on core.sessions (tenant_id, person_id) where ended_at is null;

create table core.login_links (
  tenant_id uuid not null,
  token_hash bytea not null,
  person_id uuid not null,
  purpose text not null check (purpose in ('sign-in', 'set-password')),
  made_at timestamptz not null default clock_timestamp(),
  until_at timestamptz not null,
  used_at timestamptz,
  primary key (tenant_id, token_hash),
  foreign key (tenant_id, person_id) references core.persons (tenant_id, id)
);
create index login_links_of_person on core.login_links (tenant_id, person_id);

-- Attempts, by account and kind of device, so that a stranger's guesses cannot lock the owner out of a known device.
create table core.lockouts (
  tenant_id uuid not null references core.tenants,
  bucket text not null,                     -- "<person or hash of the unknown address>:<known|unknown>"
  failed int not null default 0,
  locked_until timestamptz,
  times_locked int not null default 0,
  changed_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, bucket)
);

do $$
declare t text;
begin
  foreach t in array array['credentials', 'sessions', 'login_links', 'lockouts'] loop
    perform core.protect(format('core.%I', t)::regclass, '{"scope":"tenant"}');
    execute format('create policy keeper on core.%I to :keeper using (true) with check (true)', t);
    execute format('grant select, insert, update on core.%I to :keeper', t);
  end loop;
end $$;
-- A person sees his own sessions, and nothing else of these tables: the columns that could open a door are not granted.
create policy reach_select on core.sessions for select to :app using (person_id = (select core.actor()) or (select core.reaches('core.people.manage')));
grant select (tenant_id, person_id, method, made_at, last_seen, until_at, ip, agent, ended_at, ended_why) on core.sessions to :app;

-- Which institution answers on this host name? (slug, or null for the first.)
create function core.find_tenant(wanted text, out tenant_id uuid, out slug text, out name text, out profile text, out demo boolean)
returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select t.tenant_id, t.slug, t.name, t.profile, t.demo from core.tenants t
  where t.suspended_at is null and (wanted is null or t.slug = wanted)
  order by t.made_at, t.slug limit 1
$$;

-- One statement decides whether a session lives, and says what its owner may do where he is going.
-- Idle: the strictest limit among the person's live grants (a role's own, else the kind of workspace: 15 minutes for
-- programs and services, 20 for studies), never longer than the institution's. Seen within 5 s is not written again, so a
-- session may end up to 5 s early and never late. A passive request (a poll) does not extend it.
create function core.arrive(tenant uuid, token_hash bytea, workspace_slug text, passive boolean) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record;
  p record;
  w record;
  idle interval;
begin
  select * into s from core.sessions x where x.tenant_id = tenant and x.id_hash = token_hash and x.ended_at is null;
  if not found then return null; end if;
  select id, name, email, status, preferences into p from core.persons x where x.tenant_id = tenant and x.id = s.person_id;
  select least(
      coalesce(min(coalesce(make_interval(mins => r.idle_minutes),
        case ws.kind when 'study' then interval '20 minutes' else interval '15 minutes' end)), interval '15 minutes'),
      coalesce((select t.idle_limit from core.tenants t where t.tenant_id = tenant), interval '12 hours'))
    into idle
    from core.grants g join core.roles r on r.role = g.role
    left join core.workspaces ws on ws.tenant_id = g.tenant_id and ws.id = g.workspace_id
    where g.tenant_id = tenant and g.person_id = s.person_id and g.revoked_at is null
      and g.from_at <= clock_timestamp() and (g.to_at is null or g.to_at > clock_timestamp());
  if p.status = 'suspended' or clock_timestamp() >= s.until_at or clock_timestamp() - s.last_seen >= idle then
    update core.sessions x set ended_at = clock_timestamp(),
      ended_why = case when p.status = 'suspended' then 'suspended' else 'timeout' end
      where x.tenant_id = tenant and x.id_hash = token_hash and x.ended_at is null;
    return null;
  end if;
  if not passive and clock_timestamp() - s.last_seen > least(interval '5 seconds', idle / 10) then
    update core.sessions x set last_seen = clock_timestamp()
      where x.tenant_id = tenant and x.id_hash = token_hash and x.ended_at is null;
    if not found then return null; end if;  -- ended between the two statements
  end if;
  -- always, so that w is there to be asked: outside a workspace it is nothing
  select id, slug, title, kind into w from core.workspaces x
    where x.tenant_id = tenant and x.slug = workspace_slug and x.archived_at is null;
  return jsonb_build_object(
    'person', jsonb_build_object('id', p.id, 'name', p.name, 'email', p.email, 'status', p.status, 'preferences', p.preferences),
    'session', jsonb_build_object('ref', left(encode(s.id_hash, 'hex'), 12), 'method', s.method, 'idleSeconds', extract(epoch from idle)::int),
    'workspace', case when workspace_slug is not null and w.id is not null
      then jsonb_build_object('id', w.id, 'slug', w.slug, 'title', w.title, 'kind', w.kind) end,
    'may', coalesce((
      select jsonb_object_agg(x.permission, x.reaches) from (
        select rp.permission, jsonb_agg(distinct rp.reach) reaches
        from core.grants g join core.role_permissions rp on rp.role = g.role
        where g.tenant_id = tenant and g.person_id = s.person_id and p.status = 'active' and g.revoked_at is null
          and g.from_at <= clock_timestamp() and (g.to_at is null or g.to_at > clock_timestamp())
          and (g.workspace_id is null or (workspace_slug is not null and g.workspace_id = w.id))
        group by rp.permission) x), '{}'),
    'roles', coalesce((
      select jsonb_agg(distinct r.title) from core.grants g join core.roles r on r.role = g.role
      where g.tenant_id = tenant and g.person_id = s.person_id and g.revoked_at is null
        and g.from_at <= clock_timestamp() and (g.to_at is null or g.to_at > clock_timestamp())
        and (g.workspace_id is null or (workspace_slug is not null and g.workspace_id = w.id))), '[]'),
    'places', coalesce((
      select jsonb_agg(jsonb_build_object('slug', ws.slug, 'title', ws.title, 'kind', ws.kind) order by ws.title)
      from core.workspaces ws where ws.tenant_id = tenant and ws.archived_at is null and exists (
        select from core.grants g where g.tenant_id = tenant and g.person_id = s.person_id and g.workspace_id = ws.id
          and g.revoked_at is null and g.from_at <= clock_timestamp() and (g.to_at is null or g.to_at > clock_timestamp()))), '[]'),
    'administers', exists (
      select from core.grants g where g.tenant_id = tenant and g.person_id = s.person_id and g.workspace_id is null
        and g.revoked_at is null and g.from_at <= clock_timestamp() and (g.to_at is null or g.to_at > clock_timestamp())),
    'modules', coalesce((
      select jsonb_object_agg(m.module, m.value) from (
        select distinct on (sw.module) sw.module, sw.is_on,
          coalesce((select st.value from core.settings st where st.tenant_id = tenant and st.workspace_id = w.id
            and st.module = sw.module order by st.made_at desc limit 1), '{}') as value
        from core.switches sw where workspace_slug is not null and sw.tenant_id = tenant and sw.workspace_id = w.id
        order by sw.module, sw.made_at desc) m where m.is_on), '{}'));
end $$;

-- Reserves one attempt before any password is checked: under 200 parallel guesses exactly ten are looked at.
-- Ten failures lock this bucket for 15 minutes, doubling to a day.
create function core.begin_attempt(tenant uuid, in_bucket text) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into core.lockouts (tenant_id, bucket) values (tenant, in_bucket) on conflict do nothing;
  update core.lockouts l set failed = 0, locked_until = null
    where l.tenant_id = tenant and l.bucket = in_bucket and l.locked_until <= clock_timestamp();
  update core.lockouts l set failed = l.failed + 1, changed_at = clock_timestamp(),
      times_locked = l.times_locked + (l.failed + 1 >= 10)::int,
      locked_until = case when l.failed + 1 >= 10
        then clock_timestamp() + least(interval '15 minutes' * power(2, l.times_locked), interval '24 hours') end
    where l.tenant_id = tenant and l.bucket = in_bucket and l.failed < 10 and l.locked_until is null;
  return found;
end $$;

create function core.clear_attempts(tenant uuid, in_bucket text) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
  update core.lockouts set failed = 0, locked_until = null, times_locked = 0, changed_at = clock_timestamp()
  where tenant_id = tenant and bucket = in_bucket
$$;

create function core.find_password(tenant uuid, address text, out person_id uuid, out secret text, out status text, out name text)
returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select p.id, c.secret, p.status, p.name from core.persons p
  left join core.credentials c on c.tenant_id = p.tenant_id and c.person_id = p.id and c.kind = 'password' and c.ended_at is null
  where p.tenant_id = tenant and p.email = lower(address)
  order by c.made_at desc limit 1
$$;

create function core.open_session(tenant uuid, token_hash bytea, person uuid, by_method text, from_ip inet, from_agent text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select from core.persons p where p.tenant_id = tenant and p.id = person and p.status <> 'suspended') then
    raise exception 'no such person' using errcode = '42501';
  end if;
  insert into core.sessions (tenant_id, id_hash, person_id, method, ip, agent) values (tenant, token_hash, person, by_method, from_ip, from_agent);
  -- five at most: the oldest go
  update core.sessions s set ended_at = clock_timestamp(), ended_why = 'more than five'
    where s.tenant_id = tenant and s.person_id = person and s.ended_at is null and s.id_hash in (
      select x.id_hash from core.sessions x where x.tenant_id = tenant and x.person_id = person and x.ended_at is null
      order by x.made_at desc offset 5);
end $$;

create function core.end_session(tenant uuid, token_hash bytea, why text) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
  update core.sessions set ended_at = clock_timestamp(), ended_why = why
  where tenant_id = tenant and id_hash = token_hash and ended_at is null
$$;

create function core.end_sessions(tenant uuid, person uuid, why text, except_hash bytea default null) returns int
language sql security definer set search_path = pg_catalog, pg_temp as $$
  with gone as (update core.sessions set ended_at = clock_timestamp(), ended_why = why
    where tenant_id = tenant and person_id = person and ended_at is null and id_hash is distinct from except_hash returning 1)
  select count(*)::int from gone
$$;

-- A link is single-use: the row is taken by the statement that reads it.
create function core.make_link(tenant uuid, hash bytea, person uuid, why text, lives interval) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
  insert into core.login_links (tenant_id, token_hash, person_id, purpose, until_at)
  values (tenant, hash, person, why, clock_timestamp() + lives)
$$;
create function core.use_link(tenant uuid, hash bytea, why text, out person_id uuid, out name text) returns setof record
language sql security definer set search_path = pg_catalog, pg_temp as $$
  update core.login_links l set used_at = clock_timestamp() from core.persons p
  where l.tenant_id = tenant and l.token_hash = hash and l.purpose = why and l.used_at is null and l.until_at > clock_timestamp()
    and p.tenant_id = l.tenant_id and p.id = l.person_id and p.status <> 'suspended'
  returning l.person_id, p.name
$$;
create function core.set_password(tenant uuid, person uuid, hashed text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  update core.credentials c set ended_at = clock_timestamp() where c.tenant_id = tenant and c.person_id = person and c.kind = 'password' and c.ended_at is null;
  insert into core.credentials (tenant_id, person_id, kind, secret) values (tenant, person, 'password', hashed);
end $$;

-- What happens at the door is on the record too; who is named by the door, since there is no context yet.
create function core.record_at_door(tenant uuid, person uuid, person_name text, from_ip inet, from_agent text, request uuid,
  what text, happened text, said text, how text, code int) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
  insert into core.audit_events (tenant_id, workspace_id, actor_kind, actor_id, actor_name, ip, agent, request_id, act, event, sentence, outcome, status)
  values (tenant, null, case when person is null then 'nobody' else 'person' end, person, person_name, from_ip, from_agent, request, what, happened, said, how, code)
$$;

-- People listed for one-click sign-in: only ever in an institution that says it is a demonstration.
create function core.demo_people(tenant uuid, out id uuid, out name text, out roles text) returns setof record
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select p.id, p.name, (select string_agg(distinct r.title || coalesce(', ' || w.title, ''), '; ') from core.grants g
      join core.roles r on r.role = g.role left join core.workspaces w on w.tenant_id = g.tenant_id and w.id = g.workspace_id
      where g.tenant_id = p.tenant_id and g.person_id = p.id and g.revoked_at is null)
  from core.persons p join core.tenants t on t.tenant_id = p.tenant_id
  where p.tenant_id = tenant and t.demo and p.status <> 'suspended'
  order by p.made_at, p.name
$$;

do $$
declare f regprocedure;
begin
  for f in select p.oid::regprocedure from pg_proc p where p.pronamespace = 'core'::regnamespace and p.proname in
    ('find_tenant', 'arrive', 'begin_attempt', 'clear_attempts', 'find_password', 'open_session', 'end_session', 'end_sessions',
     'make_link', 'use_link', 'set_password', 'record_at_door', 'demo_people') loop
    execute format('revoke execute on function %s from public', f);
    execute format('grant execute on function %s to :door', f);
    execute format('alter function %s owner to :keeper', f);
  end loop;
end $$;

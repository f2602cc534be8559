-- Sign-in, third part: a password by a link, a second factor, and the policies an institution sets.

-- ── A password by a link ────────────────────────────────────────────────────────────────────────────────────────────
-- A link belongs to the mailbox it was sent to: once the account has another address, the old letter opens nothing.
alter table core.login_links add column sent_to text;

set local role :keeper;
create or replace function core.make_link(tenant uuid, hash bytea, person uuid, why text, lives interval) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
  insert into core.login_links (tenant_id, token_hash, person_id, purpose, until_at, sent_to)
  select tenant, hash, person, why, clock_timestamp() + lives, p.email
  from core.persons p where p.tenant_id = tenant and p.id = person
$$;
create or replace function core.use_link(tenant uuid, hash bytea, why text, out person_id uuid, out name text) returns setof record
language sql security definer set search_path = pg_catalog, pg_temp as $$
  update core.login_links l set used_at = clock_timestamp() from core.persons p
  where l.tenant_id = tenant and l.token_hash = hash and l.purpose = why and l.used_at is null and l.until_at > clock_timestamp()
    and p.tenant_id = l.tenant_id and p.id = l.person_id and p.status <> 'suspended' and coalesce(l.sent_to, p.email) = p.email
  returning l.person_id, p.name
$$;

-- Whose link this is, without using it up: a new password is checked against the name before it is taken.
create function core.look_at_link(tenant uuid, hash bytea, why text, out name text, out email text) returns setof record
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select p.name, p.email from core.login_links l
  join core.persons p on p.tenant_id = l.tenant_id and p.id = l.person_id
  where l.tenant_id = tenant and l.token_hash = hash and l.purpose = why and l.used_at is null and l.until_at > clock_timestamp()
    and p.status <> 'suspended' and coalesce(l.sent_to, p.email) = p.email
$$;

-- The link, the password, the other links and the open sessions go together or not at all. It opens no session: whoever
-- owes a second factor still owes it.
create function core.set_password_by_link(tenant uuid, hash bytea, hashed text, out person uuid, out person_name text) returns setof record
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  select u.person_id, u.name into person, person_name from core.use_link(tenant, hash, 'set-password') u;
  if person is null then return; end if;
  update core.login_links l set used_at = clock_timestamp() where l.tenant_id = tenant and l.person_id = person and l.used_at is null;
  perform core.set_password(tenant, person, hashed);
  perform core.end_sessions(tenant, person, 'password set by a link');
  -- Guesses at the old password no longer keep the owner out.
  perform core.clear_attempts(tenant, person::text || ':unknown'), core.clear_attempts(tenant, person::text || ':known');
  return next;
end $$;

-- Who changes the password on the account page has no use for letters that would set another.
create or replace function core.set_my_password(hashed text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if core.actor_kind() is distinct from 'person' then
    raise exception 'only a person has a password' using errcode = '42501';
  end if;
  update core.credentials c set ended_at = clock_timestamp()
    where c.tenant_id = core.tenant() and c.person_id = core.actor() and c.kind = 'password' and c.ended_at is null;
  insert into core.credentials (tenant_id, person_id, kind, secret) values (core.tenant(), core.actor(), 'password', hashed);
  update core.login_links l set used_at = clock_timestamp()
    where l.tenant_id = core.tenant() and l.person_id = core.actor() and l.purpose = 'set-password' and l.used_at is null;
end $$;

-- A link to a first password goes with the invitation, in the inviting act's own transaction. False: there is a password
-- already, and the letter leads to the door.
create function core.make_invitation(hash bytea, address text, lives interval) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  invited uuid;
begin
  if not (core.reaches('core.people.invite') or core.reaches('core.people.manage')) then
    raise exception 'this needs core.people.invite' using errcode = '42501';
  end if;
  select p.id into invited from core.persons p
    where p.tenant_id = core.tenant() and p.email = lower(address) and p.status <> 'suspended';
  if invited is null or exists (select from core.credentials c where c.tenant_id = core.tenant() and c.person_id = invited
      and c.kind = 'password' and c.ended_at is null) then
    return false;
  end if;
  perform core.make_link(core.tenant(), hash, invited, 'set-password', lives);
  return true;
end $$;
set local role :owner;

-- ── A second factor ─────────────────────────────────────────────────────────────────────────────────────────────────
-- The last step of time whose code was taken: a code is good once (RFC 6238, 5.2).
alter table core.credentials add column last_step bigint;
create unique index credentials_one_totp on core.credentials (tenant_id, person_id) where kind = 'totp' and ended_at is null;
-- When the second factor was given in this session. What a session owes is not stored: core.arrive asks each time.
alter table core.sessions add column second_at timestamptz;
grant select (second_at) on core.sessions to :app;

set local role :keeper;
create function core.find_totp(tenant uuid, person uuid, out id uuid, out secret text) returns setof record
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select c.id, c.secret from core.credentials c
  where c.tenant_id = tenant and c.person_id = person and c.kind = 'totp' and c.ended_at is null
$$;

-- One statement: of any number of requests with the same code one is let through, and none with an earlier one.
create function core.take_step(tenant uuid, credential uuid, step bigint) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  update core.credentials c set last_step = step
    where c.tenant_id = tenant and c.id = credential and c.kind = 'totp' and c.ended_at is null
      and (c.last_step is null or c.last_step < step);
  return found;
end $$;

-- A recovery code is single-use. How many are left; null: this is none of them.
create function core.take_recovery(tenant uuid, person uuid, hashed text) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  update core.credentials c set ended_at = clock_timestamp()
    where c.tenant_id = tenant and c.person_id = person and c.kind = 'recovery' and c.secret = hashed and c.ended_at is null;
  if not found then return null; end if;
  return (select count(*)::int from core.credentials c
    where c.tenant_id = tenant and c.person_id = person and c.kind = 'recovery' and c.ended_at is null);
end $$;

-- The session goes on under a new token: what was in the browser before the second factor is nothing after it.
create function core.pass_second(tenant uuid, old_hash bytea, new_hash bytea) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  with gone as (
    update core.sessions s set ended_at = clock_timestamp(), ended_why = 'second factor given'
      where s.tenant_id = tenant and s.id_hash = old_hash and s.ended_at is null and s.until_at > clock_timestamp()
      returning s.person_id, s.method, s.ip, s.agent, s.until_at)
  insert into core.sessions (tenant_id, id_hash, person_id, method, ip, agent, until_at, second_at)
  select tenant, new_hash, g.person_id, g.method, g.ip, g.agent, g.until_at, clock_timestamp() from gone g;
  return found;
end $$;

create function core.my_second(out since timestamptz, out codes int) returns record
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select min(c.made_at) filter (where c.kind = 'totp'), (count(*) filter (where c.kind = 'recovery'))::int
  from core.credentials c where c.tenant_id = core.tenant() and c.person_id = core.actor() and core.actor_kind() = 'person'
    and c.kind in ('totp', 'recovery') and c.ended_at is null
$$;

create function core.end_second(tenant uuid, person uuid, kinds text[]) returns void
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  update core.credentials c set ended_at = clock_timestamp()
  where c.tenant_id = tenant and c.person_id = person and c.kind = any (kinds) and c.ended_at is null
$$;

create function core.set_my_codes(hashes text[]) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if core.actor_kind() is distinct from 'person' then
    raise exception 'only a person has recovery codes' using errcode = '42501';
  end if;
  perform core.end_second(core.tenant(), core.actor(), array['recovery']);
  insert into core.credentials (tenant_id, person_id, kind, secret)
  select core.tenant(), core.actor(), 'recovery', h from unnest(hashes) h;
end $$;

-- This session has shown a code of the new factor; every other one ends and comes back through the door.
create function core.set_my_totp(sealed text, step bigint, hashes text[]) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  here text := (core.context())[7];
begin
  perform core.set_my_codes(hashes);
  -- There is one at most (credentials_one_totp): the old one is taken off first, which asks for its code.
  insert into core.credentials (tenant_id, person_id, kind, secret, last_step) values (core.tenant(), core.actor(), 'totp', sealed, step);
  update core.sessions s set second_at = clock_timestamp()
    where s.tenant_id = core.tenant() and s.person_id = core.actor() and s.ref = here and s.ended_at is null;
  return core.end_my_sessions(here, 'second factor set up');
end $$;

create function core.end_my_second() returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if core.actor_kind() is distinct from 'person' then
    raise exception 'only a person has a second factor' using errcode = '42501';
  end if;
  perform core.end_second(core.tenant(), core.actor(), array['totp', 'recovery']);
  return core.end_my_sessions((core.context())[7], 'second factor taken off');
end $$;

create function core.second_of(wanted uuid) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select core.reaches('core.people.manage') and exists (select from core.credentials c
    where c.tenant_id = core.tenant() and c.person_id = wanted and c.kind in ('totp', 'passkey') and c.ended_at is null)
$$;

-- For someone who has lost both the device and the codes: by another person, never by oneself.
create function core.end_second_of(wanted uuid) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if not core.reaches('core.people.manage') or wanted = core.actor() then
    raise exception 'this needs core.people.manage, and somebody else' using errcode = '42501';
  end if;
  perform core.end_second(core.tenant(), wanted, array['totp', 'passkey', 'recovery']);
  perform core.end_sessions(core.tenant(), wanted, 'second factor taken off');
end $$;

-- ── Policies ────────────────────────────────────────────────────────────────────────────────────────────────────────
-- core.tenants.policies: {"second": "required", "methods": ["password"], "idle": {"program": 10}, "rotation": {"days": 90},
-- "networks": ["192.0.2.0/24"]}; core.workspaces.policies: {"second": "required", "networks": […]}. The stricter wins.

create function core.lies_outside(policies jsonb, address inet) returns boolean
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select jsonb_array_length(coalesce(policies -> 'networks', '[]')) > 0 and (address is null or not exists (
    select from jsonb_array_elements_text(policies -> 'networks') n where address <<= n::inet))
$$;
revoke execute on function core.lies_outside(jsonb, inet) from public;

drop function core.find_tenant(text);
create function core.find_tenant(wanted text, out tenant_id uuid, out slug text, out name text, out profile text, out demo boolean, out policies jsonb)
returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select t.tenant_id, t.slug, t.name, t.profile, t.demo, t.policies from core.tenants t
  where t.suspended_at is null and (wanted is null or t.slug = wanted)
  order by t.made_at, t.slug limit 1
$$;

-- One statement decides whether a session lives, what it still owes, and what its owner may do where he is going.
-- Idle: the strictest limit among the person's live grants (a role's own, else the kind of workspace: 15 minutes for
-- programs and services, 20 for studies), never longer than the institution's for that kind. Seen within 5 s is not
-- written again, so a session may end up to 5 s early and never late. A passive request (a poll) does not extend it.
-- `owes`: second (the factor that was set up), enrolment (one is required here), password (it is too old).
-- `outside`: the address is in none of the networks of the institution or of this workspace.
-- Whoever owes, waits or stands outside may do nothing and is shown no places.
drop function core.arrive(uuid, bytea, text, boolean);
create function core.arrive(tenant uuid, token_hash bytea, workspace_slug text, passive boolean, address inet) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record;
  p record;
  t record;
  w record;
  idle interval;
  has_second boolean;
  owes text;
  outside text;
  is_open boolean;
  over text;
begin
  select * into s from core.sessions x where x.tenant_id = tenant and x.id_hash = token_hash and x.ended_at is null;
  if not found then return null; end if;
  select id, name, email, status, preferences into p from core.persons x where x.tenant_id = tenant and x.id = s.person_id;
  select x.idle_limit, x.policies into t from core.tenants x where x.tenant_id = tenant;
  -- always, so that w is there to be asked: outside a workspace it is nothing
  select x.id, x.slug, x.title, x.kind, x.policies into w from core.workspaces x
    where x.tenant_id = tenant and x.slug = workspace_slug and x.archived_at is null;
  select least(
      coalesce(min(least(
        coalesce(make_interval(mins => r.idle_minutes), case ws.kind when 'study' then interval '20 minutes' else interval '15 minutes' end),
        make_interval(mins => (t.policies -> 'idle' ->> case when r.idle_minutes > 20 then 'management' else ws.kind end)::int))),
        interval '15 minutes'),
      coalesce(t.idle_limit, interval '12 hours'))
    into idle
    from core.grants g join core.roles r on r.role = g.role
    left join core.workspaces ws on ws.tenant_id = g.tenant_id and ws.id = g.workspace_id
    where g.tenant_id = tenant and g.person_id = s.person_id and g.revoked_at is null
      and g.from_at <= clock_timestamp() and (g.to_at is null or g.to_at > clock_timestamp());
  has_second := exists (select from core.credentials c where c.tenant_id = tenant and c.person_id = s.person_id
    and c.kind in ('totp', 'passkey') and c.ended_at is null);
  owes := case
    when has_second and s.second_at is null then 'second'
    when not has_second and (t.policies ->> 'second' = 'required' or w.policies ->> 'second' = 'required') then 'enrolment'
    when s.method = 'password' and exists (select from core.credentials c where c.tenant_id = tenant and c.person_id = s.person_id
      and c.kind = 'password' and c.ended_at is null
      and c.made_at < clock_timestamp() - make_interval(days => (t.policies -> 'rotation' ->> 'days')::int)) then 'password'
    end;
  over := case
    when p.status = 'suspended' then 'suspended'
    when clock_timestamp() >= s.until_at or clock_timestamp() - s.last_seen >= idle then 'timeout'
    when t.policies ? 'methods' and s.method <> 'demo' and not (t.policies -> 'methods') ? s.method then 'this way in was closed'
    -- half a sign-in is not left lying about
    when owes = 'second' and clock_timestamp() >= s.made_at + interval '10 minutes' then 'second factor not given'
    end;
  if over is not null then
    update core.sessions x set ended_at = clock_timestamp(), ended_why = over
      where x.tenant_id = tenant and x.id_hash = token_hash and x.ended_at is null;
    return null;
  end if;
  if not passive and clock_timestamp() - s.last_seen > least(interval '5 seconds', idle / 10) then
    update core.sessions x set last_seen = clock_timestamp()
      where x.tenant_id = tenant and x.id_hash = token_hash and x.ended_at is null;
    if not found then return null; end if;  -- ended between the two statements
  end if;
  outside := case
    when core.lies_outside(t.policies, address) then 'institution'
    -- said only to those who have something there: others need not know that there is such a place
    when core.lies_outside(w.policies, address) and exists (
      select from core.grants g where g.tenant_id = tenant and g.person_id = s.person_id
        and (g.workspace_id is null or g.workspace_id = w.id) and g.revoked_at is null
        and g.from_at <= clock_timestamp() and (g.to_at is null or g.to_at > clock_timestamp())) then 'workspace' end;
  is_open := p.status = 'active' and owes is null and outside is distinct from 'institution';
  return jsonb_build_object(
    'person', jsonb_build_object('id', p.id, 'name', p.name, 'email', p.email, 'status', p.status, 'preferences', p.preferences),
    'session', jsonb_build_object('ref', left(encode(s.id_hash, 'hex'), 12), 'method', s.method, 'idleSeconds', extract(epoch from idle)::int,
      'owes', owes, 'outside', outside),
    'workspace', case when workspace_slug is not null and w.id is not null
      then jsonb_build_object('id', w.id, 'slug', w.slug, 'title', w.title, 'kind', w.kind) end,
    'may', coalesce((
      select jsonb_object_agg(x.permission, x.reaches) from (
        select rp.permission, jsonb_agg(distinct rp.reach) reaches
        from core.grants g join core.role_permissions rp on rp.role = g.role
        where is_open and outside is null and g.tenant_id = tenant and g.person_id = s.person_id and g.revoked_at is null
          and g.from_at <= clock_timestamp() and (g.to_at is null or g.to_at > clock_timestamp())
          and (g.workspace_id is null or (workspace_slug is not null and g.workspace_id = w.id))
        group by rp.permission) x), '{}'),
    'roles', coalesce((
      select jsonb_agg(distinct r.title) from core.grants g join core.roles r on r.role = g.role
      where is_open and g.tenant_id = tenant and g.person_id = s.person_id and g.revoked_at is null
        and g.from_at <= clock_timestamp() and (g.to_at is null or g.to_at > clock_timestamp())
        and (g.workspace_id is null or (workspace_slug is not null and g.workspace_id = w.id))), '[]'),
    'places', coalesce((
      select jsonb_agg(jsonb_build_object('slug', ws.slug, 'title', ws.title, 'kind', ws.kind) order by ws.title)
      from core.workspaces ws where is_open and ws.tenant_id = tenant and ws.archived_at is null and exists (
        select from core.grants g where g.tenant_id = tenant and g.person_id = s.person_id and g.workspace_id = ws.id
          and g.revoked_at is null and g.from_at <= clock_timestamp() and (g.to_at is null or g.to_at > clock_timestamp()))), '[]'),
    'administers', is_open and exists (
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

do $$
declare f text;
begin
  foreach f in array array['core.look_at_link(uuid, bytea, text)', 'core.set_password_by_link(uuid, bytea, text)',
    'core.find_totp(uuid, uuid)', 'core.take_step(uuid, uuid, bigint)', 'core.take_recovery(uuid, uuid, text)',
    'core.pass_second(uuid, bytea, bytea)', 'core.find_tenant(text)', 'core.arrive(uuid, bytea, text, boolean, inet)'] loop
    execute format('revoke execute on function %s from public', f);
    execute format('grant execute on function %s to :door', f);
  end loop;
  foreach f in array array['core.make_invitation(bytea, text, interval)', 'core.my_second()', 'core.set_my_codes(text[])',
    'core.set_my_totp(text, bigint, text[])', 'core.end_my_second()', 'core.second_of(uuid)', 'core.end_second_of(uuid)'] loop
    execute format('revoke execute on function %s from public', f);
    execute format('grant execute on function %s to :app', f);
  end loop;
end $$;
revoke execute on function core.end_second(uuid, uuid, text[]) from public;
set local role :owner;

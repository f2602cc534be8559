-- Access, for those who ask about it: who reaches a record, for an administrator who sees no record; hours that are taken back
-- or given back by whoever asked for them; what was out of the ordinary, for the whole institution; and passwords that are
-- older than what an institution asks of them.
alter table core.access_requests add column withdrawn_at timestamptz,
  add check (withdrawn_at is null or decided_at is null);
-- What somebody was given for some hours, he gives back himself; nothing else of a grant changes this way.
create policy keeper_given_back on core.grants for update to :keeper
  using (to_at is not null and revoked_at is null) with check (revoked_at is not null and revoked_by = person_id);
grant update (revoked_at, revoked_by, reason) on core.grants to :keeper;

set local role :keeper;

-- Whether somebody here has exactly this code, and nothing else about them, for whoever may see who may do what in all of
-- this workspace: so that core.who_reaches can be asked about a record that the asker does not see.
create function core.subject_called(called text) returns uuid
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select s.id from core.subjects s
  where s.tenant_id = core.tenant() and s.workspace_id = core.workspace() and s.code = called
    and core.actor_kind() = 'person' and core.reaches('core.grants.read')
$$;

-- Whom a role leads to records here, and how far: of one site, or of all of them. No subject is read for it.
create function core.who_reaches_site(wanted uuid, out person uuid, out name text, out role text, out reach text, out whole boolean,
  out site uuid, out to_at timestamptz) returns setof record
language plpgsql stable security definer set search_path = pg_catalog, pg_temp rows 100 as $$
declare
  c text[] := core.context();
begin
  if c is null or c[4] = '' or c[5] <> 'person' or not core.reaches('core.grants.read') then return; end if;
  return query
    select p.id, p.name, g.role, rp.reach, g.workspace_id is null, g.site_id, g.to_at
    from core.grants g
    join core.persons p on p.tenant_id = g.tenant_id and p.id = g.person_id and p.status = 'active'
    join core.role_permissions rp on rp.role = g.role and rp.permission = 'core.subjects.read' and rp.reach <> 'own'
    where g.tenant_id = c[3]::uuid and (g.workspace_id is null or g.workspace_id = c[4]::uuid) and g.revoked_at is null
      and g.from_at <= clock_timestamp() and (g.to_at is null or g.to_at > clock_timestamp())
      and (rp.reach <> 'site' or wanted is null or g.site_id is null or g.site_id = wanted)
    order by p.name, p.id, g.role, rp.reach;
end $$;

-- One's own requests for some hours, with the places they are for.
create function core.my_hours(out id uuid, out place text, out slug text, out role text, out hours int, out reason text,
  out made_at timestamptz, out approved boolean, out answer text, out withdrawn_at timestamptz, out to_at timestamptz,
  out revoked_at timestamptz) returns setof record
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select r.id, w.title, w.slug, r.role, r.hours, r.reason, r.made_at, r.approved, r.answer, r.withdrawn_at, g.to_at, g.revoked_at
  from core.access_requests r
  join core.workspaces w on w.tenant_id = r.tenant_id and w.id = r.workspace_id
  left join core.grants g on g.tenant_id = r.tenant_id and g.id = r.grant_id
  where r.tenant_id = core.tenant() and r.person_id = core.actor() and core.actor_kind() = 'person'
  order by r.made_at desc limit 50
$$;

-- By whoever asked: a request that waits is withdrawn, hours that run are over. The place; null: there is nothing left of it.
create function core.give_back(wanted uuid, out place text, out was_inside boolean) returns record
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  r record;
begin
  select x.*, w.title into r from core.access_requests x
    join core.workspaces w on w.tenant_id = x.tenant_id and w.id = x.workspace_id
    where x.tenant_id = core.tenant() and x.id = wanted and x.person_id = core.actor() and core.actor_kind() = 'person'
      and x.withdrawn_at is null for update of x;
  if not found then return; end if;
  if r.decided_at is null then
    update core.access_requests x set withdrawn_at = clock_timestamp() where x.tenant_id = r.tenant_id and x.id = r.id;
    place := r.title; was_inside := false;
    return;
  end if;
  update core.grants g set revoked_at = clock_timestamp(), revoked_by = core.actor(),
      reason = left('Given back. ' || coalesce(g.reason, ''), 500)
    where g.tenant_id = r.tenant_id and g.id = r.grant_id and g.revoked_at is null and g.to_at > clock_timestamp();
  if found then place := r.title; was_inside := true; end if;
end $$;

-- All requests and emergencies of the institution, for whoever may see who may do what in all of it. Whom an emergency was
-- about, and why, is told where it happened.
create function core.out_of_the_ordinary(out kind text, out id uuid, out place text, out slug text, out person uuid, out name text,
  out role text, out hours int, out reason text, out made_at timestamptz, out approved boolean, out withdrawn_at timestamptz,
  out to_at timestamptz, out revoked_at timestamptz, out reviewed_at timestamptz, out justified boolean) returns setof record
language plpgsql stable security definer set search_path = pg_catalog, pg_temp rows 200 as $$
begin
  if core.workspace() is not null or core.actor_kind() is distinct from 'person' or not core.reaches('core.grants.read') then return; end if;
  return query
    select * from (
      select 'hours'::text, r.id, w.title, w.slug, p.id, p.name, r.role, r.hours, r.reason, r.made_at, r.approved, r.withdrawn_at,
        g.to_at, g.revoked_at, null::timestamptz, null::boolean
      from core.access_requests r
      join core.workspaces w on w.tenant_id = r.tenant_id and w.id = r.workspace_id
      join core.persons p on p.tenant_id = r.tenant_id and p.id = r.person_id
      left join core.grants g on g.tenant_id = r.tenant_id and g.id = r.grant_id
      where r.tenant_id = core.tenant()
      union all
      select 'emergency', e.id, w.title, w.slug, p.id, p.name, null, null, null, e.made_at, null::boolean, null::timestamptz,
        e.until_at, null, e.reviewed_at, e.is_justified
      from core.emergencies e
      join core.workspaces w on w.tenant_id = e.tenant_id and w.id = e.workspace_id
      join core.persons p on p.tenant_id = e.tenant_id and p.id = e.person_id
      where e.tenant_id = core.tenant()) x (a, b, c, d, e, f, g, h, i, at)
    order by x.at desc limit 500;
end $$;

create or replace function core.decide_request(wanted uuid, is_approved boolean, said text) returns uuid
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  r record;
  given uuid;
begin
  if not core.reaches('core.grants.manage') then
    raise exception 'this needs core.grants.manage' using errcode = '42501';
  end if;
  select * into r from core.access_requests x where x.tenant_id = core.tenant() and x.id = wanted
    and x.workspace_id = core.workspace() and x.decided_at is null and x.withdrawn_at is null and x.made_at > clock_timestamp() - interval '1 day' for update;
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

create or replace function core.role_in_use(wanted text) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform pg_advisory_xact_lock(hashtextextended(wanted, 0));
  return (select count(*) from core.grants g where g.tenant_id = core.tenant() and g.role_of = core.tenant() and g.role = wanted
      and g.revoked_at is null and (g.to_at is null or g.to_at > clock_timestamp()))
    + (select count(*) from core.access_requests r where r.tenant_id = core.tenant() and r.role = wanted and r.decided_at is null and r.withdrawn_at is null
      and r.made_at > clock_timestamp() - interval '1 day');
end $$;

create or replace function core.arrive(tenant uuid, token_hash bytea, workspace_slug text, passive boolean, address inet) returns jsonb
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
    when not has_second and s.second_by is distinct from 'provider'
      and (t.policies ->> 'second' = 'required' or w.policies ->> 'second' = 'required') then 'enrolment'
    when s.method = 'password' and exists (select from core.credentials c where c.tenant_id = tenant and c.person_id = s.person_id
      and c.kind = 'password' and c.ended_at is null
      and (c.made_at < clock_timestamp() - make_interval(days => (t.policies -> 'rotation' ->> 'days')::int)
        -- chosen before the institution asked for more of a password
        or c.made_at < (t.policies -> 'passwords' ->> 'since')::timestamptz)) then 'password'
    end;
  over := case
    when p.status = 'suspended' then 'suspended'
    when clock_timestamp() >= s.until_at or clock_timestamp() - s.last_seen >= idle then 'timeout'
    when t.policies ? 'methods' and s.method <> 'demo' and not (t.policies -> 'methods') ? s.method then 'this way in was closed'
    when s.provider_id is not null and not exists (select from core.identity_providers x
      where x.tenant_id = tenant and x.id = s.provider_id and x.is_on) then 'this way in was closed'
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
  foreach f in array array['core.subject_called(text)', 'core.who_reaches_site(uuid)', 'core.my_hours()', 'core.give_back(uuid)',
    'core.out_of_the_ordinary()'] loop
    execute format('revoke execute on function %s from public', f);
    execute format('grant execute on function %s to :app', f);
  end loop;
end $$;
set local role :owner;

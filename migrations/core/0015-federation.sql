-- Federation: an institution's own sign-in services (SAML 2.0, OpenID Connect), and the accounts that are linked to them.
-- An account belongs to (provider, subject). An address is never enough to reach one (ASVS 6.8.1).

create table core.identity_providers (
  tenant_id uuid not null default core.tenant() references core.tenants,
  id uuid not null default gen_random_uuid(),
  kind text not null check (kind in ('saml', 'oidc')),
  title text not null check (length(title) between 2 and 80),
  settings jsonb not null default '{}',     -- what the service says of itself, and what we are called there: nothing secret
  secret text,                              -- our private key there, or the client's secret: sealed, and never granted to :app
  admits boolean not null default false,    -- an unknown subject gets an account that waits for approval
  trusts_second boolean not null default false,  -- a second factor given there counts here
  is_on boolean not null default false,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  changed_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, id)
);
select core.protect('core.identity_providers', '{"scope":"tenant", "select":[{"may":"core.tenant.read"}],
  "insert":[{"may":"core.tenant.manage"}], "update":[{"may":"core.tenant.manage"}]}');
revoke select, update on core.identity_providers from :app;
grant select (tenant_id, id, kind, title, settings, admits, trusts_second, is_on, made_at, made_by, changed_at)
  on core.identity_providers to :app;
grant update (title, settings, secret, admits, trusts_second, is_on, changed_at) on core.identity_providers to :app;

create table core.federated_identities (
  tenant_id uuid not null default core.tenant(),
  id uuid not null default gen_random_uuid(),
  person_id uuid not null,
  provider_id uuid not null,
  subject text not null check (length(subject) between 1 and 1000),
  how text not null check (how in ('first sign-in', 'by the owner', 'by an administrator', 'by a letter')),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  last_used_at timestamptz,
  ended_at timestamptz,
  ended_by uuid,
  primary key (tenant_id, id),
  foreign key (tenant_id, person_id) references core.persons (tenant_id, id),
  foreign key (tenant_id, provider_id) references core.identity_providers (tenant_id, id)
);
create unique index federated_one_subject on core.federated_identities (tenant_id, provider_id, subject) where ended_at is null;
create index federated_of_person on core.federated_identities (tenant_id, person_id);
select core.protect('core.federated_identities', '{"scope":"tenant", "select":[{"may":"core.people.read"}],
  "insert":[{"may":"core.people.manage"}], "update":[{"may":"core.people.manage"}]}');
revoke update on core.federated_identities from :app;
grant update (ended_at, ended_by) on core.federated_identities to :app;
create policy reach_select_own on core.federated_identities for select to :app using (person_id = (select core.actor()));
create policy reach_update_own on core.federated_identities for update to :app
  using (person_id = (select core.actor())) with check (person_id = (select core.actor()));

-- A sign-in that is on its way: begun here, answered by the service, finished in the browser that began it.
create table core.sign_in_requests (
  tenant_id uuid not null,
  id text not null check (length(id) between 16 and 200),   -- AuthnRequest/@ID, or OpenID's state
  provider_id uuid not null,
  browser_hash bytea not null,              -- SHA-256 of a cookie that only this browser has
  purpose text not null check (purpose in ('sign-in', 'link')),
  person_id uuid,                           -- whose account is to be linked
  verifier text,                            -- PKCE
  nonce text,
  return_to text not null default '/',
  made_at timestamptz not null default clock_timestamp(),
  until_at timestamptz not null default clock_timestamp() + interval '10 minutes',
  answered_at timestamptz,
  ticket_hash bytea,
  answer jsonb,
  finished_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, provider_id) references core.identity_providers (tenant_id, id),
  check ((purpose = 'link') = (person_id is not null))
);
create unique index sign_in_requests_by_ticket on core.sign_in_requests (tenant_id, ticket_hash) where ticket_hash is not null;

-- An assertion is good once, whichever request it answers: the primary key refuses the second.
create table core.used_assertions (
  tenant_id uuid not null,
  provider_id uuid not null,
  assertion_id text not null check (length(assertion_id) between 1 and 500),
  until_at timestamptz not null,
  primary key (tenant_id, provider_id, assertion_id),
  foreign key (tenant_id, provider_id) references core.identity_providers (tenant_id, id)
);

do $$
declare t text;
begin
  foreach t in array array['sign_in_requests', 'used_assertions'] loop
    perform core.protect(format('core.%I', t)::regclass, '{"scope":"tenant"}');
    execute format('grant select, insert, update, delete on core.%I to :keeper', t);
    execute format('create policy keeper on core.%I to :keeper using (true) with check (true)', t);
  end loop;
end $$;
create policy keeper on core.identity_providers for select to :keeper using (true);
grant select on core.identity_providers to :keeper;
create policy keeper on core.federated_identities to :keeper using (true) with check (true);
grant select, insert, update on core.federated_identities to :keeper;
-- An account that a sign-in service vouches for waits for approval from the start.
drop policy keeper_write on core.persons;
create policy keeper_write on core.persons for insert to :keeper with check (status in ('registered', 'pending'));

alter table core.sessions add column provider_id uuid;
alter table core.sessions add column name_id text;        -- who this is there, for leaving both places together
alter table core.sessions add column session_index text;
-- 'provider': the second factor was given there. It holds for this session alone.
alter table core.sessions add column second_by text check (second_by in ('own', 'provider'));
create index sessions_of_provider on core.sessions (tenant_id, provider_id, name_id) where ended_at is null and provider_id is not null;

-- A letter that links: the mailbox shows that the account is his, the service has shown who he is there.
alter table core.login_links drop constraint login_links_purpose_check;
alter table core.login_links add constraint login_links_purpose_check check (purpose in ('sign-in', 'set-password', 'link-identity'));
alter table core.login_links add column provider_id uuid;
alter table core.login_links add column subject text;

set local role :keeper;
create function core.list_providers(tenant uuid, out id uuid, out kind text, out title text) returns setof record
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select p.id, p.kind, p.title from core.identity_providers p where p.tenant_id = tenant and p.is_on order by p.made_at
$$;

create function core.find_provider(tenant uuid, wanted uuid, out kind text, out title text, out settings jsonb, out secret text,
  out admits boolean, out trusts_second boolean, out is_on boolean) returns setof record
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select p.kind, p.title, p.settings, p.secret, p.admits, p.trusts_second, p.is_on
  from core.identity_providers p where p.tenant_id = tenant and p.id = wanted
$$;

create function core.begin_federated(tenant uuid, request text, provider uuid, browser bytea, why text, person uuid,
  code_verifier text, once text, back text) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into core.sign_in_requests (tenant_id, id, provider_id, browser_hash, purpose, person_id, verifier, nonce, return_to)
  select tenant, request, p.id, browser, why, person, code_verifier, once, back
  from core.identity_providers p where p.tenant_id = tenant and p.id = provider and p.is_on;
  if not found then raise exception 'no such way in' using errcode = '42501'; end if;
  if random() < 0.02 then
    delete from core.sign_in_requests r where r.tenant_id = tenant and r.until_at < clock_timestamp() - interval '1 day';
    delete from core.used_assertions u where u.tenant_id = tenant and u.until_at < clock_timestamp() - interval '1 day';
  end if;
end $$;

-- One that still waits for its answer. With a browser it must be that browser's.
create function core.find_federated(tenant uuid, request text, provider uuid, browser bytea, out made_at timestamptz,
  out verifier text, out nonce text) returns setof record
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select r.made_at, r.verifier, r.nonce from core.sign_in_requests r
  where r.tenant_id = tenant and r.id = request and r.provider_id = provider and r.answered_at is null
    and r.until_at > clock_timestamp() and (browser is null or r.browser_hash = browser)
$$;

-- The answer is taken once: of twenty that arrive together, nineteen find it answered, and an assertion that was used
-- before is refused whichever request it now claims to answer.
create function core.answer_federated(tenant uuid, request text, provider uuid, assertion text, assertion_until timestamptz,
  ticket bytea, said jsonb) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into core.used_assertions (tenant_id, provider_id, assertion_id, until_at)
    values (tenant, provider, assertion, assertion_until) on conflict do nothing;
  if not found then return false; end if;
  update core.sign_in_requests r set answered_at = clock_timestamp(), ticket_hash = ticket, answer = said
    where r.tenant_id = tenant and r.id = request and r.provider_id = provider and r.answered_at is null
      and r.until_at > clock_timestamp();
  return found;
end $$;

-- In the browser that began it, within two minutes, once.
create function core.finish_federated(tenant uuid, ticket bytea, browser bytea, out provider_id uuid, out purpose text,
  out person_id uuid, out return_to text, out answer jsonb) returns setof record
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  update core.sign_in_requests r set finished_at = clock_timestamp()
  where r.tenant_id = tenant and r.ticket_hash = ticket and r.browser_hash = browser and r.finished_at is null
    and r.answered_at > clock_timestamp() - interval '2 minutes'
    and exists (select from core.identity_providers p where p.tenant_id = r.tenant_id and p.id = r.provider_id and p.is_on)
  returning r.provider_id, r.purpose, r.person_id, r.return_to, r.answer
$$;

create function core.federated_person(tenant uuid, provider uuid, wanted text, out id uuid, out name text, out status text)
returns setof record language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  update core.federated_identities i set last_used_at = clock_timestamp() from core.persons p
  where i.tenant_id = tenant and i.provider_id = provider and i.subject = wanted and i.ended_at is null
    and p.tenant_id = i.tenant_id and p.id = i.person_id
  returning p.id, p.name, p.status
$$;

-- An unknown subject. `taken`: an account has this address, and stays closed until its owner opens it; `refused`: this
-- service admits nobody by itself; `admitted`: a new account that waits for approval.
create function core.admit_federated(tenant uuid, provider uuid, wanted text, full_name text, address text,
  out outcome text, out person uuid, out person_name text) returns record
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  service record;
begin
  select p.title, p.admits into service from core.identity_providers p where p.tenant_id = tenant and p.id = provider and p.is_on;
  if not found then outcome := 'refused'; return; end if;
  select p.id, p.name into person, person_name from core.persons p
    where p.tenant_id = tenant and p.email = lower(address) and p.status <> 'suspended';
  if person is not null then outcome := 'taken'; return; end if;
  if not service.admits or exists (select from core.persons p where p.tenant_id = tenant and p.email = lower(address)) then
    outcome := 'refused'; return;
  end if;
  insert into core.persons (tenant_id, name, email, status) values (tenant, full_name, lower(address), 'pending') returning id into person;
  insert into core.federated_identities (tenant_id, person_id, provider_id, subject, how, last_used_at)
    values (tenant, person, provider, wanted, 'first sign-in', clock_timestamp());
  insert into core.registrations (tenant_id, person_id, reason) values (tenant, person, 'Signed in by ' || service.title || ' for the first time.');
  outcome := 'admitted'; person_name := full_name;
end $$;

-- Those who decide about somebody who waits.
create function core.people_keepers(tenant uuid, out name text, out email text) returns setof record
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select p.name, p.email from core.persons p
  where p.tenant_id = tenant and p.status = 'active' and exists (
    select from core.grants g join core.role_permissions rp on rp.role = g.role and rp.permission = 'core.people.manage'
    where g.tenant_id = p.tenant_id and g.person_id = p.id and g.workspace_id is null and g.revoked_at is null
      and g.from_at <= clock_timestamp() and (g.to_at is null or g.to_at > clock_timestamp()))
  order by p.made_at limit 20
$$;

-- False: this subject belongs to another account already.
create function core.link_federated(tenant uuid, provider uuid, wanted text, person uuid, means text) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if exists (select from core.federated_identities i where i.tenant_id = tenant and i.provider_id = provider and i.subject = wanted
      and i.ended_at is null) then
    return exists (select from core.federated_identities i where i.tenant_id = tenant and i.provider_id = provider
      and i.subject = wanted and i.ended_at is null and i.person_id = person);
  end if;
  insert into core.federated_identities (tenant_id, person_id, provider_id, subject, how, made_by)
    select tenant, p.id, provider, wanted, means, p.id from core.persons p
    where p.tenant_id = tenant and p.id = person and p.status <> 'suspended';
  return found;
end $$;

create function core.make_identity_link(tenant uuid, hash bytea, person uuid, provider uuid, wanted text, lives interval) returns void
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  insert into core.login_links (tenant_id, token_hash, person_id, purpose, until_at, sent_to, provider_id, subject)
  select tenant, hash, person, 'link-identity', clock_timestamp() + lives, p.email, provider, wanted
  from core.persons p where p.tenant_id = tenant and p.id = person
$$;
create function core.look_at_identity_link(tenant uuid, hash bytea, out name text, out email text, out provider text, out subject text)
returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select p.name, p.email, x.title, l.subject from core.login_links l
  join core.persons p on p.tenant_id = l.tenant_id and p.id = l.person_id
  join core.identity_providers x on x.tenant_id = l.tenant_id and x.id = l.provider_id
  where l.tenant_id = tenant and l.token_hash = hash and l.purpose = 'link-identity' and l.used_at is null
    and l.until_at > clock_timestamp() and p.status <> 'suspended' and l.sent_to = p.email and x.is_on
$$;
-- The letter is used up by the statement that reads it. The mailbox of a registered account is confirmed by it, too.
create function core.use_identity_link(tenant uuid, hash bytea, out person uuid, out person_name text, out provider uuid) returns setof record
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  wanted text;
begin
  update core.login_links l set used_at = clock_timestamp() from core.persons p
    where l.tenant_id = tenant and l.token_hash = hash and l.purpose = 'link-identity' and l.used_at is null
      and l.until_at > clock_timestamp() and p.tenant_id = l.tenant_id and p.id = l.person_id and p.status <> 'suspended'
      and l.sent_to = p.email
    returning l.person_id, p.name, l.provider_id, l.subject into person, person_name, provider, wanted;
  if person is null then return; end if;
  if not core.link_federated(tenant, provider, wanted, person, 'by a letter') then return; end if;
  perform core.confirm(tenant, person);
  return next;
end $$;

create function core.open_federated_session(tenant uuid, token_hash bytea, person uuid, by_method text, from_ip inet, from_agent text,
  provider uuid, called text, index_there text, has_second boolean) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform core.open_session(tenant, token_hash, person, by_method, from_ip, from_agent);
  update core.sessions s set provider_id = provider, name_id = called, session_index = index_there,
      second_at = case when has_second then clock_timestamp() end, second_by = case when has_second then 'provider' end
    where s.tenant_id = tenant and s.id_hash = token_hash;
end $$;

-- Who this session is at its service, so that leaving here can be leaving there.
create function core.session_at_provider(tenant uuid, token_hash bytea, out provider uuid, out called text, out index_there text)
returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select s.provider_id, s.name_id, s.session_index from core.sessions s
  where s.tenant_id = tenant and s.id_hash = token_hash and s.provider_id is not null
$$;

-- Signed out there. Without an index every session of this subject ends.
create function core.end_federated_sessions(tenant uuid, provider uuid, called text, index_there text) returns int
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with gone as (update core.sessions s set ended_at = clock_timestamp(), ended_why = 'signed out at the sign-in service'
    where s.tenant_id = tenant and s.provider_id = provider and s.ended_at is null
      and (called is null or s.name_id = called) and (index_there is null or s.session_index = index_there)
      and (called is not null or index_there is not null) returning 1)
  select count(*)::int from gone
$$;

-- The session goes on under a new token: what was in the browser before the second factor is nothing after it.
create or replace function core.pass_second(tenant uuid, old_hash bytea, new_hash bytea) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  with gone as (
    update core.sessions s set ended_at = clock_timestamp(), ended_why = 'second factor given'
      where s.tenant_id = tenant and s.id_hash = old_hash and s.ended_at is null and s.until_at > clock_timestamp()
      returning s.person_id, s.method, s.ip, s.agent, s.until_at, s.provider_id, s.name_id, s.session_index)
  insert into core.sessions (tenant_id, id_hash, person_id, method, ip, agent, until_at, second_at, second_by, provider_id, name_id, session_index)
  select tenant, new_hash, g.person_id, g.method, g.ip, g.agent, g.until_at, clock_timestamp(), 'own', g.provider_id, g.name_id, g.session_index from gone g;
  return found;
end $$;

-- One statement decides whether a session lives, what it still owes, and what its owner may do where he is going.
-- Idle: the strictest limit among the person's live grants (a role's own, else the kind of workspace: 15 minutes for
-- programs and services, 20 for studies), never longer than the institution's for that kind. Seen within 5 s is not
-- written again, so a session may end up to 5 s early and never late. A passive request (a poll) does not extend it.
-- `owes`: second (the factor that was set up), enrolment (one is required here), password (it is too old).
-- `outside`: the address is in none of the networks of the institution or of this workspace.
-- Whoever owes, waits or stands outside may do nothing and is shown no places.
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
      and c.made_at < clock_timestamp() - make_interval(days => (t.policies -> 'rotation' ->> 'days')::int)) then 'password'
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
  foreach f in array array['core.list_providers(uuid)', 'core.find_provider(uuid, uuid)',
    'core.begin_federated(uuid, text, uuid, bytea, text, uuid, text, text, text)', 'core.find_federated(uuid, text, uuid, bytea)',
    'core.answer_federated(uuid, text, uuid, text, timestamptz, bytea, jsonb)', 'core.finish_federated(uuid, bytea, bytea)',
    'core.federated_person(uuid, uuid, text)', 'core.admit_federated(uuid, uuid, text, text, text)', 'core.people_keepers(uuid)',
    'core.link_federated(uuid, uuid, text, uuid, text)', 'core.make_identity_link(uuid, bytea, uuid, uuid, text, interval)',
    'core.look_at_identity_link(uuid, bytea)', 'core.use_identity_link(uuid, bytea)',
    'core.open_federated_session(uuid, bytea, uuid, text, inet, text, uuid, text, text, boolean)',
    'core.session_at_provider(uuid, bytea)', 'core.end_federated_sessions(uuid, uuid, text, text)'] loop
    execute format('revoke execute on function %s from public', f);
    execute format('grant execute on function %s to :door', f);
  end loop;
end $$;
set local role :owner;

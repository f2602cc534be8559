-- Registration: registered (asked for) → verified (the mailbox is his) → pending (he said why) → active or refused.
alter table core.persons drop constraint persons_status_check;
alter table core.persons add constraint persons_status_check
  check (status in ('registered', 'verified', 'pending', 'active', 'refused', 'suspended'));

-- What somebody said of himself, and what was decided: one row for each time he asked.
create table core.registrations (
  tenant_id uuid not null,
  id uuid not null default gen_random_uuid(),
  person_id uuid not null,
  reason text not null check (length(reason) between 1 and 1000),
  made_at timestamptz not null default clock_timestamp(),
  decided_at timestamptz,
  decided_by uuid,
  approved boolean,
  answer text check (length(answer) <= 1000),   -- why it was refused
  primary key (tenant_id, id),
  foreign key (tenant_id, person_id) references core.persons (tenant_id, id),
  check ((decided_at is null) = (approved is null))
);
create index registrations_of_person on core.registrations (tenant_id, person_id, made_at desc);
select core.protect('core.registrations', '{"scope":"tenant", "select":[{"may":"core.people.read"}], "update":[{"may":"core.people.manage"}]}');
revoke update on core.registrations from :app;
grant update (decided_at, decided_by, approved, answer) on core.registrations to :app;
-- Nobody decides about himself.
create policy wall_self on core.registrations as restrictive for update to :app
  using (person_id <> (select core.actor())) with check (person_id <> (select core.actor()));
create policy keeper on core.registrations to :keeper using (true) with check (true);
grant select, insert on core.registrations to :keeper;
create policy keeper_write on core.persons for insert to :keeper with check (status = 'registered');
create policy keeper_move on core.persons for update to :keeper using (true) with check (true);
grant insert (tenant_id, name, email, status), update (status) on core.persons to :keeper;

-- The keeper's own functions move an account along; who may call them, each of them decides. He is known by what he owns.
create or replace function core.keep_account() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if (to_jsonb(new) - 'preferences') is distinct from (to_jsonb(old) - 'preferences')
     and core.tenant() is not null and not core.reaches('core.people.manage')
     and current_user <> (select pg_get_userbyid(f.proowner) from pg_proc f where f.oid = 'core.context()'::regprocedure) then
    raise exception 'only preferences are one''s own to change' using errcode = '42501';
  end if;
  return new;
end $$;

set local role :keeper;
-- A new account that can do nothing yet; one that is still unconfirmed is answered again. Null: the address is taken.
create function core.register(tenant uuid, full_name text, address text) returns uuid
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  person uuid;
begin
  if not exists (select from core.tenants t where t.tenant_id = tenant and t.policies ->> 'registration' = 'open') then
    raise exception 'this institution takes no registrations' using errcode = '42501';
  end if;
  insert into core.persons (tenant_id, name, email, status) values (tenant, full_name, lower(address), 'registered')
    on conflict (tenant_id, email) do nothing;
  select p.id into person from core.persons p
    where p.tenant_id = tenant and p.email = lower(address) and p.status = 'registered';
  return person;
end $$;

-- The mailbox is his. Whoever was given something already is approved for that and nothing else; the others say why.
create function core.confirm(tenant uuid, person uuid) returns void
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  update core.persons p set status = case when exists (
      select from core.grants g where g.tenant_id = p.tenant_id and g.person_id = p.id and g.revoked_at is null
        and (g.to_at is null or g.to_at > clock_timestamp())) then 'active' else 'verified' end
  where p.tenant_id = tenant and p.id = person and p.status = 'registered'
$$;

create or replace function core.set_password_by_link(tenant uuid, hash bytea, hashed text, out person uuid, out person_name text) returns setof record
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  select u.person_id, u.name into person, person_name from core.use_link(tenant, hash, 'set-password') u;
  if person is null then return; end if;
  update core.login_links l set used_at = clock_timestamp() where l.tenant_id = tenant and l.person_id = person and l.used_at is null;
  perform core.confirm(tenant, person);
  perform core.set_password(tenant, person, hashed);
  perform core.end_sessions(tenant, person, 'password set by a link');
  -- Guesses at the old password no longer keep the owner out.
  perform core.clear_attempts(tenant, person::text || ':unknown'), core.clear_attempts(tenant, person::text || ':known');
  return next;
end $$;

-- Once: from verified to pending. Who is to be told: those who keep people in the whole institution.
create function core.ask_for_access(why text, out name text, out email text) returns setof record
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  update core.persons p set status = 'pending'
    where p.tenant_id = core.tenant() and p.id = core.actor() and core.actor_kind() = 'person' and p.status = 'verified';
  if not found then
    raise exception 'this account does not wait for a reason' using errcode = '42501';
  end if;
  insert into core.registrations (tenant_id, person_id, reason) values (core.tenant(), core.actor(), why);
  return query
    select p.name, p.email from core.persons p
    where p.tenant_id = core.tenant() and p.status = 'active' and exists (
      select from core.grants g join core.role_permissions rp on rp.role = g.role and rp.permission = 'core.people.manage'
      where g.tenant_id = p.tenant_id and g.person_id = p.id and g.workspace_id is null and g.revoked_at is null
        and g.from_at <= clock_timestamp() and (g.to_at is null or g.to_at > clock_timestamp()))
    order by p.made_at limit 20;
end $$;

create function core.my_answer() returns text
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select r.answer from core.registrations r where r.tenant_id = core.tenant() and r.person_id = core.actor()
    and core.actor_kind() = 'person' order by r.made_at desc limit 1
$$;

-- An invitation approves its own workspace and no more: the account opens, and holds that one grant.
create function core.preapprove(wanted uuid) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if not core.reaches('core.people.invite') or wanted = core.actor() then
    raise exception 'this needs core.people.invite' using errcode = '42501';
  end if;
  update core.persons p set status = 'active'
    where p.tenant_id = core.tenant() and p.id = wanted and p.status in ('verified', 'pending', 'refused');
  return found;
end $$;

do $$
declare f text;
begin
  foreach f in array array['core.register(uuid, text, text)'] loop
    execute format('revoke execute on function %s from public', f);
    execute format('grant execute on function %s to :door', f);
  end loop;
  foreach f in array array['core.ask_for_access(text)', 'core.my_answer()', 'core.preapprove(uuid)'] loop
    execute format('revoke execute on function %s from public', f);
    execute format('grant execute on function %s to :app', f);
  end loop;
end $$;
revoke execute on function core.confirm(uuid, uuid) from public;
set local role :owner;

-- Sign-in, second part: a pace for those who knock, and what a person may do with his own account.

-- Turns at a door, one row for each knocker (generic cell rate algorithm): `full_at` is when all turns taken so far will
-- have been earned. Rows that lie in the past mean nothing and are swept away by those who come later.
create table core.rates (
  tenant_id uuid not null references core.tenants,
  bucket text not null check (length(bucket) <= 200),  -- "sign-in:192.0.2.7"
  full_at timestamptz not null,
  primary key (tenant_id, bucket)
);
select core.protect('core.rates', '{"scope":"tenant"}');
create policy keeper on core.rates to :keeper using (true) with check (true);
grant select, insert, update, delete on core.rates to :keeper;

-- One turn every `every` on average, `burst` of them at once. False: none is left now. A refused turn costs nothing.
create function core.take_turn(tenant uuid, in_bucket text, every interval, burst int) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  taken boolean;
begin
  insert into core.rates as r (tenant_id, bucket, full_at) values (tenant, in_bucket, clock_timestamp() + every)
    on conflict (tenant_id, bucket) do update set full_at = greatest(r.full_at, clock_timestamp()) + every
      where r.full_at <= clock_timestamp() + every * (burst - 1);
  taken := found;
  if random() < 0.002 then
    delete from core.rates r where r.tenant_id = tenant and r.full_at < clock_timestamp() - interval '1 minute';
  end if;
  return taken;
end $$;
revoke execute on function core.take_turn(uuid, text, interval, int) from public;
grant execute on function core.take_turn(uuid, text, interval, int) to :door;
alter function core.take_turn(uuid, text, interval, int) owner to :keeper;

-- A session has a name that opens nothing, so that a person can end one of his own from a list.
alter table core.sessions add column ref text not null generated always as (left(encode(id_hash, 'hex'), 12)) stored;
grant select (ref) on core.sessions to :app;

create function core.end_my_session(wanted text) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  update core.sessions s set ended_at = clock_timestamp(), ended_why = 'ended from the list'
    where s.tenant_id = core.tenant() and s.person_id = core.actor() and core.actor_kind() = 'person'
      and s.ref = wanted and s.ended_at is null;
  return found;
end $$;

-- How many were ended. Null: this one too.
create function core.end_my_sessions(kept text, why text) returns int
language sql security definer set search_path = pg_catalog, pg_temp as $$
  with gone as (update core.sessions s set ended_at = clock_timestamp(), ended_why = why
    where s.tenant_id = core.tenant() and s.person_id = core.actor() and core.actor_kind() = 'person'
      and s.ended_at is null and s.ref is distinct from kept returning 1)
  select count(*)::int from gone
$$;

create function core.set_my_password(hashed text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if core.actor_kind() is distinct from 'person' then
    raise exception 'only a person has a password' using errcode = '42501';
  end if;
  update core.credentials c set ended_at = clock_timestamp()
    where c.tenant_id = core.tenant() and c.person_id = core.actor() and c.kind = 'password' and c.ended_at is null;
  insert into core.credentials (tenant_id, person_id, kind, secret) values (core.tenant(), core.actor(), 'password', hashed);
end $$;

create function core.has_password() returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select exists (select from core.credentials c where c.tenant_id = core.tenant() and c.person_id = core.actor()
    and core.actor_kind() = 'person' and c.kind = 'password' and c.ended_at is null)
$$;

-- What a person was given, in words, for his own account page.
create function core.my_access(out role text, out place text, out slug text, out site text, out from_at timestamptz, out to_at timestamptz)
returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select r.title, w.title, w.slug, s.name, g.from_at, g.to_at
  from core.grants g join core.roles r on r.role = g.role
  left join core.workspaces w on w.tenant_id = g.tenant_id and w.id = g.workspace_id
  left join core.sites s on s.tenant_id = g.tenant_id and s.id = g.site_id
  where g.tenant_id = core.tenant() and g.person_id = core.actor() and core.actor_kind() = 'person'
    and g.revoked_at is null and (g.to_at is null or g.to_at > clock_timestamp()) and w.archived_at is null
  order by w.title nulls first, r.title, s.name
$$;

do $$
declare f text;
begin
  foreach f in array array['core.my_access()', 'core.end_my_session(text)', 'core.end_my_sessions(text, text)', 'core.set_my_password(text)',
    'core.has_password()'] loop
    execute format('revoke execute on function %s from public', f);
    execute format('grant execute on function %s to :app', f);
    execute format('alter function %s owner to :keeper', f);
  end loop;
end $$;

-- How pages look is everyone's own choice. Rows know no columns, so a trigger holds the rest of one's account still.
create policy reach_update_own on core.persons for update to :app
  using (id = (select core.actor())) with check (id = (select core.actor()));
create function core.keep_account() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if (to_jsonb(new) - 'preferences') is distinct from (to_jsonb(old) - 'preferences')
     and core.tenant() is not null and not core.reaches('core.people.manage') then
    raise exception 'only preferences are one''s own to change' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep_account before update on core.persons for each row execute function core.keep_account();

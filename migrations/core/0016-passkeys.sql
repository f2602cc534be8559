-- Passkeys (WebAuthn): something one has that asks for something one knows or is. Alone they sign in; after a password
-- they are the second factor.
alter table core.credentials
  add column credential_id text,            -- the authenticator's own name for it, base64url
  add column counter bigint,                -- of its uses, where it counts them
  add column label text check (length(label) <= 80),
  add column last_used_at timestamptz,
  add constraint credentials_passkey check ((kind = 'passkey') = (credential_id is not null));
create unique index credentials_by_id on core.credentials (tenant_id, credential_id) where credential_id is not null and ended_at is null;

-- What an authenticator is asked to sign: single-use, five minutes.
create table core.passkey_challenges (
  tenant_id uuid not null references core.tenants,
  challenge text not null check (length(challenge) between 32 and 200),
  purpose text not null check (purpose in ('sign-in', 'second', 'enrolment')),
  person_id uuid,
  until_at timestamptz not null default clock_timestamp() + interval '5 minutes',
  primary key (tenant_id, challenge),
  check ((purpose = 'sign-in') = (person_id is null))
);
select core.protect('core.passkey_challenges', '{"scope":"tenant"}');
create policy keeper on core.passkey_challenges to :keeper using (true) with check (true);
grant select, insert, delete on core.passkey_challenges to :keeper;

set local role :keeper;
create function core.make_challenge(tenant uuid, asked text, why text, person uuid) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into core.passkey_challenges (tenant_id, challenge, purpose, person_id) values (tenant, asked, why, person);
  if random() < 0.02 then
    delete from core.passkey_challenges c where c.tenant_id = tenant and c.until_at < clock_timestamp() - interval '1 minute';
  end if;
end $$;

-- Taken by the statement that reads it: an answer is good once, for its own purpose and person.
create function core.take_challenge(tenant uuid, asked text, why text, person uuid) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  delete from core.passkey_challenges c where c.tenant_id = tenant and c.challenge = asked and c.purpose = why
    and c.person_id is not distinct from person and c.until_at > clock_timestamp();
  return found;
end $$;

create function core.find_passkey(tenant uuid, called text, out id uuid, out person uuid, out name text, out status text, out public_key text, out counter bigint)
returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select c.id, p.id, p.name, p.status, c.secret, c.counter from core.credentials c
  join core.persons p on p.tenant_id = c.tenant_id and p.id = c.person_id
  where c.tenant_id = tenant and c.credential_id = called and c.kind = 'passkey' and c.ended_at is null
$$;

create function core.passkeys_of(tenant uuid, wanted uuid, out credential_id text) returns setof text
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select c.credential_id from core.credentials c
  where c.tenant_id = tenant and c.person_id = wanted and c.kind = 'passkey' and c.ended_at is null order by c.made_at
$$;

-- False: its counter went backwards, so there are two of it (WebAuthn 6.1.1). Many do not count, and always say nought.
create function core.use_passkey(tenant uuid, wanted uuid, counted bigint) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  update core.credentials c set counter = counted, last_used_at = clock_timestamp()
    where c.tenant_id = tenant and c.id = wanted and c.kind = 'passkey' and c.ended_at is null
      and (counted > coalesce(c.counter, 0) or (counted = 0 and coalesce(c.counter, 0) = 0));
  return found;
end $$;

-- A session that was opened by a passkey has given both factors.
create function core.mark_second(tenant uuid, token_hash bytea) returns void
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  update core.sessions s set second_at = clock_timestamp(), second_by = 'own'
  where s.tenant_id = tenant and s.id_hash = token_hash and s.ended_at is null
$$;

create function core.my_passkeys(out id uuid, out label text, out made_at timestamptz, out last_used_at timestamptz) returns setof record
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select c.id, c.label, c.made_at, c.last_used_at from core.credentials c
  where c.tenant_id = core.tenant() and c.person_id = core.actor() and core.actor_kind() = 'person'
    and c.kind = 'passkey' and c.ended_at is null order by c.made_at
$$;

-- How many other sessions ended: they come back through the door.
create function core.add_my_passkey(called text, public_key text, counted bigint, named text) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if core.actor_kind() is distinct from 'person' then
    raise exception 'only a person has passkeys' using errcode = '42501';
  end if;
  if (select count(*) from core.credentials c where c.tenant_id = core.tenant() and c.person_id = core.actor()
      and c.kind = 'passkey' and c.ended_at is null) >= 10 then
    raise exception 'ten passkeys are enough' using errcode = '42501';
  end if;
  insert into core.credentials (tenant_id, person_id, kind, secret, credential_id, counter, label)
    values (core.tenant(), core.actor(), 'passkey', public_key, called, counted, named);
  update core.sessions s set second_at = clock_timestamp(), second_by = 'own'
    where s.tenant_id = core.tenant() and s.person_id = core.actor() and s.ref = (core.context())[7] and s.ended_at is null;
  return core.end_my_sessions((core.context())[7], 'a passkey was set up');
end $$;

create function core.end_my_passkey(wanted uuid) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  update core.credentials c set ended_at = clock_timestamp()
    where c.tenant_id = core.tenant() and c.person_id = core.actor() and core.actor_kind() = 'person'
      and c.id = wanted and c.kind = 'passkey' and c.ended_at is null;
  return found;
end $$;

-- Taking off the app leaves the codes while there is a passkey.
create or replace function core.end_my_second() returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if core.actor_kind() is distinct from 'person' then
    raise exception 'only a person has a second factor' using errcode = '42501';
  end if;
  perform core.end_second(core.tenant(), core.actor(), case when exists (select from core.my_passkeys())
    then array['totp'] else array['totp', 'recovery'] end);
  return core.end_my_sessions((core.context())[7], 'second factor taken off');
end $$;

do $$
declare f text;
begin
  foreach f in array array['core.make_challenge(uuid, text, text, uuid)', 'core.take_challenge(uuid, text, text, uuid)',
    'core.find_passkey(uuid, text)', 'core.passkeys_of(uuid, uuid)', 'core.use_passkey(uuid, uuid, bigint)', 'core.mark_second(uuid, bytea)'] loop
    execute format('revoke execute on function %s from public', f);
    execute format('grant execute on function %s to :door', f);
  end loop;
  foreach f in array array['core.my_passkeys()', 'core.add_my_passkey(text, text, bigint, text)', 'core.end_my_passkey(uuid)'] loop
    execute format('revoke execute on function %s from public', f);
    execute format('grant execute on function %s to :app', f);
  end loop;
end $$;
set local role :owner;

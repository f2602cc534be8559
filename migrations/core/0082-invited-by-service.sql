-- An invitation that is accepted by signing in at the institution's own service: the letter shows whose account it is, the
-- service shows who opened it, and both together are one step. Only for an account that nobody has come into yet: a letter
-- must never become a way around what its owner has set up since.

do $$
declare c text;
begin
  for c in select conname from pg_constraint where conrelid = 'core.sign_in_requests'::regclass and contype = 'c'
      and pg_get_constraintdef(oid) like '%purpose%' loop
    execute format('alter table core.sign_in_requests drop constraint %I', c);
  end loop;
end $$;
alter table core.sign_in_requests add column link_hash bytea,
  add constraint sign_in_requests_purpose_check check (purpose in ('sign-in', 'link', 'invitation')),
  add constraint sign_in_requests_person_check check ((purpose = 'sign-in') = (person_id is null)),
  add constraint sign_in_requests_letter_check check ((purpose = 'invitation') = (link_hash is not null));

set local role :keeper;
-- Whose invitation this is, while it waits and nobody has come in.
create function core.look_at_invitation(tenant uuid, hash bytea, out person uuid, out name text, out email text) returns setof record
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select p.id, p.name, p.email
  from core.login_links l join core.persons p on p.tenant_id = l.tenant_id and p.id = l.person_id and p.status = 'active'
  where l.tenant_id = tenant and l.token_hash = hash and l.purpose = 'set-password' and l.used_at is null and l.until_at > clock_timestamp()
    and not exists (select from core.credentials c where c.tenant_id = tenant and c.person_id = p.id)
    and not exists (select from core.federated_identities i where i.tenant_id = tenant and i.person_id = p.id)
    and not exists (select from core.sessions s where s.tenant_id = tenant and s.person_id = p.id)
$$;

create function core.begin_invited(tenant uuid, request text, provider uuid, browser bytea, hash bytea, code_verifier text, once text)
returns boolean language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into core.sign_in_requests (tenant_id, id, provider_id, browser_hash, purpose, person_id, link_hash, verifier, nonce)
  select tenant, request, p.id, browser, 'invitation', x.person, hash, code_verifier, once
  from core.identity_providers p, core.look_at_invitation(tenant, hash) x
  where p.tenant_id = tenant and p.id = provider and p.is_on;
  return found;
end $$;

-- After the service's answer was taken: uses the letter up, and links. Null: it was used meanwhile, or that sign-in
-- belongs to somebody else here. The row of the account is held, so that two windows make one link.
create function core.accept_invited(tenant uuid, ticket bytea, provider uuid, wanted text, out id uuid, out name text, out email text)
returns setof record
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  r record;
begin
  select s.person_id, s.link_hash into r from core.sign_in_requests s
    where s.tenant_id = tenant and s.ticket_hash = ticket and s.purpose = 'invitation' and s.provider_id = provider
      and s.finished_at > clock_timestamp() - interval '1 minute';
  if not found then return; end if;
  perform pg_advisory_xact_lock(hashtextextended(r.person_id::text, 0));
  select x.person, x.name, x.email into id, name, email from core.look_at_invitation(tenant, r.link_hash) x where x.person = r.person_id;
  if id is null then return; end if;
  if not core.link_federated(tenant, provider, wanted, id, 'by a letter') then return; end if;
  update core.login_links l set used_at = clock_timestamp() where l.tenant_id = tenant and l.person_id = r.person_id and l.used_at is null;
  return next;
end $$;
do $$
declare f text;
begin
  foreach f in array array['core.look_at_invitation(uuid, bytea)', 'core.begin_invited(uuid, text, uuid, bytea, bytea, text, text)',
    'core.accept_invited(uuid, bytea, uuid, text)'] loop
    execute format('revoke execute on function %s from public', f);
    execute format('grant execute on function %s to :door', f);
  end loop;
end $$;
set local role :owner;

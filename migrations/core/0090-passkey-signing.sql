-- A passkey signs records as a password does (21 CFR 11.200): its challenge is made for a signature alone, and for one person.
alter table core.passkey_challenges drop constraint passkey_challenges_purpose_check;
alter table core.passkey_challenges add constraint passkey_challenges_purpose_check
  check (purpose in ('sign-in', 'second', 'enrolment', 'signature'));

drop function core.my_signing();
drop function core.signing_of(uuid, uuid, text);

-- What a person signs with: a signing password when there is one, else the account's; a passkey beside either, or alone.
create function core.signing_of(tenant uuid, person uuid, session text,
  out kind text, out secret text, out has_signed boolean, out session_seconds bigint, out has_passkey boolean)
returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select c.kind, c.secret,
    exists (select from core.signatures s where s.tenant_id = tenant and s.person_id = person and s.session_ref = session),
    (select extract(epoch from clock_timestamp() - x.made_at)::bigint from core.sessions x
      where x.tenant_id = tenant and x.person_id = person and x.ref = session and x.ended_at is null limit 1),
    exists (select from core.credentials k where k.tenant_id = tenant and k.person_id = person and k.kind = 'passkey' and k.ended_at is null)
  from core.persons p
  left join core.credentials c on c.tenant_id = p.tenant_id and c.person_id = p.id and c.ended_at is null and c.kind in ('signing', 'password')
  where p.tenant_id = tenant and p.id = person
  order by c.kind = 'signing' desc, c.made_at desc limit 1
$$;

-- The same for one's own pages, without the secret.
create function core.my_signing(out kind text, out has_signed boolean, out session_seconds bigint, out has_passkey boolean)
returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select s.kind, s.has_signed, s.session_seconds, s.has_passkey
  from core.signing_of(core.tenant(), core.actor(), (core.context())[7]) s where core.actor_kind() = 'person'
$$;

revoke execute on function core.signing_of(uuid, uuid, text), core.my_signing() from public;
grant execute on function core.signing_of(uuid, uuid, text) to :door, :keeper;
grant execute on function core.my_signing() to :app;
alter function core.signing_of(uuid, uuid, text) owner to :keeper;
alter function core.my_signing() owner to :keeper;

-- Electronic signatures whole (21 CFR 11.50–11.300): what was signed, with what, in which session; whoever may see the
-- record may see who signed it; and a signing password of one's own for people who sign in elsewhere.

alter table core.credentials drop constraint credentials_kind_check;
alter table core.credentials add constraint credentials_kind_check
  check (kind in ('password', 'totp', 'passkey', 'recovery', 'signing'));

alter table core.signatures
  add column record text,             -- "studies.casebooks"; null: the form that was sent
  add column row_id text,
  add column subject_id uuid,
  add column method text not null default 'password' check (method in ('password', 'signing-password', 'passkey')),
  add column components text[] not null default '{password}',  -- what was given (11.200(a)(1))
  add column session_ref text default (core.context())[7],     -- the signed context's: a writer cannot give it
  add constraint signatures_subject foreign key (tenant_id, subject_id) references core.subjects (tenant_id, id),
  add constraint signatures_of_something check ((record is null) = (row_id is null));
create index signatures_by_record on core.signatures (tenant_id, record, row_id, made_at) where record is not null;
create index signatures_by_subject on core.signatures (tenant_id, subject_id) where subject_id is not null;
create index signatures_by_session on core.signatures (tenant_id, session_ref);
grant insert (id, record, row_id, subject_id, method, components) on core.signatures to :app;

-- A signature belongs to its record (11.70) and is shown with it (11.50(b)): to those who see the subject; where no subject
-- is concerned, to colleagues.
create policy reach_select_subject on core.signatures for select to :app using (subject_id is not null
  and ((select core.reaches('core.subjects.read')) or subject_id in (select core.reach_subjects('core.subjects.read'))));
create policy reach_select_colleague on core.signatures for select to :app
  using (subject_id is null and (select core.reaches('core.colleagues.read')));

-- What a person signs with: a signing password when there is one, else the account's. And what the session has done.
create function core.signing_of(tenant uuid, person uuid, session text,
  out kind text, out secret text, out has_signed boolean, out session_seconds bigint)
returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select c.kind, c.secret,
    exists (select from core.signatures s where s.tenant_id = tenant and s.person_id = person and s.session_ref = session),
    (select extract(epoch from clock_timestamp() - x.made_at)::bigint from core.sessions x
      where x.tenant_id = tenant and x.person_id = person and x.ref = session and x.ended_at is null limit 1)
  from core.persons p
  left join core.credentials c on c.tenant_id = p.tenant_id and c.person_id = p.id and c.ended_at is null and c.kind in ('signing', 'password')
  where p.tenant_id = tenant and p.id = person
  order by c.kind = 'signing' desc, c.made_at desc limit 1
$$;

-- The same for one's own pages, without the secret.
create function core.my_signing(out kind text, out has_signed boolean, out session_seconds bigint)
returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select s.kind, s.has_signed, s.session_seconds
  from core.signing_of(core.tenant(), core.actor(), (core.context())[7]) s where core.actor_kind() = 'person'
$$;

create function core.set_my_signing_password(hashed text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if core.actor_kind() is distinct from 'person' then
    raise exception 'only a person signs' using errcode = '42501';
  end if;
  update core.credentials c set ended_at = clock_timestamp()
    where c.tenant_id = core.tenant() and c.person_id = core.actor() and c.kind = 'signing' and c.ended_at is null;
  insert into core.credentials (tenant_id, person_id, kind, secret) values (core.tenant(), core.actor(), 'signing', hashed);
end $$;

grant select on core.signatures to :keeper;
create policy keeper on core.signatures for select to :keeper using (true);
revoke execute on function core.signing_of(uuid, uuid, text), core.my_signing(), core.set_my_signing_password(text) from public;
grant execute on function core.signing_of(uuid, uuid, text) to :door, :keeper;
grant execute on function core.my_signing(), core.set_my_signing_password(text) to :app;
alter function core.signing_of(uuid, uuid, text) owner to :keeper;
alter function core.my_signing() owner to :keeper;
alter function core.set_my_signing_password(text) owner to :keeper;

-- 21 CFR 11.10(j), 11.100(c): who signs electronically says once, in writing, that his electronic signature binds him as the one
-- by hand. It is said with the first signature, under the words that stood above it, and kept with those words. New words
-- have a new number and are asked for once more.
create table core.signing_declarations (
  tenant_id uuid not null default core.tenant(),
  id uuid not null default gen_random_uuid(),
  person_id uuid not null default core.actor(),
  wording int not null check (wording > 0),
  declared text not null check (length(declared) between 40 and 2000),
  printed_name text not null,
  method text not null check (method in ('password', 'signing-password', 'passkey')),
  signature_id uuid not null,          -- the first signature: what he gave with it is what he gave for this
  request_id uuid not null,
  made_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, id),
  unique (tenant_id, person_id, wording),
  foreign key (tenant_id, person_id) references core.persons (tenant_id, id),
  foreign key (tenant_id, signature_id) references core.signatures (tenant_id, id)
);
select core.protect('core.signing_declarations', '{"scope":"tenant", "select":[{"may":"core.audit.read"}]}');
create policy reach_select_own on core.signing_declarations for select to :app using (person_id = (select core.actor()));
create policy append on core.signing_declarations for insert to :app with check (person_id = (select core.actor()));
grant insert (id, wording, declared, printed_name, method, signature_id, request_id) on core.signing_declarations to :app;
create trigger never_changed before update or delete on core.signing_declarations for each row execute function core.refuse_change();
create trigger never_emptied before truncate on core.signing_declarations for each statement execute function core.refuse_change();
grant select on core.signing_declarations to :keeper;
create policy keeper on core.signing_declarations for select to :keeper using (true);

-- The newest words a person has declared; null: none.
create function core.declared_wording(tenant uuid, person uuid) returns int
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select max(d.wording) from core.signing_declarations d where d.tenant_id = tenant and d.person_id = person
$$;
revoke execute on function core.declared_wording(uuid, uuid) from public;
grant execute on function core.declared_wording(uuid, uuid) to :door;
alter function core.declared_wording(uuid, uuid) owner to :keeper;

-- The certificate that an institution's printed documents are sealed under, made with the first of them. It is public.
create table core.document_certificates (
  tenant_id uuid not null default core.tenant() references core.tenants,
  certificate bytea not null,
  made_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id)
);
select core.protect('core.document_certificates', '{"scope":"tenant"}');
create policy reach_select on core.document_certificates for select to :app using (tenant_id = (select core.tenant()));
create policy append on core.document_certificates for insert to :app with check (tenant_id = (select core.tenant()));
grant select on core.document_certificates to :app;
grant insert (certificate) on core.document_certificates to :app;
create trigger never_changed before update or delete on core.document_certificates for each row execute function core.refuse_change();
create trigger never_emptied before truncate on core.document_certificates for each statement execute function core.refuse_change();

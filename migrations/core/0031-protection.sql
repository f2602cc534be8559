-- Extra protection: in a workspace a class of sealed fields can be made to ask for more than a role. Then only the people
-- named here may write it or open it, each apart, for all sites or one. Everything sealed is sealed either way.

create table core.protections (
  tenant_id uuid not null default core.tenant(),
  id uuid not null default gen_random_uuid(),
  workspace_id uuid not null default core.workspace(),
  field_class text not null check (field_class ~ '^[a-z]+\.[a-z_]+$'),
  is_on boolean not null,
  -- messages, summaries and other work without a person in front of it
  jobs_may_open boolean not null default false,
  reason text not null check (length(reason) between 3 and 500),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, id),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id)
);
create index protections_newest on core.protections (tenant_id, workspace_id, field_class, made_at desc);
select core.protect('core.protections', '{"scope":"workspace",
  "select":[{"may":"core.protection.read"}], "insert":[{"may":"core.protection.manage"}]}');
create trigger never_changed before update or delete on core.protections for each row execute function core.refuse_change();

create table core.key_grants (
  tenant_id uuid not null default core.tenant(),
  id uuid not null default gen_random_uuid(),
  workspace_id uuid not null default core.workspace(),
  site_id uuid,                             -- null: every site
  person_id uuid not null,
  field_class text not null check (field_class ~ '^[a-z]+\.[a-z_]+$'),
  operation text not null check (operation in ('seal', 'open')),
  to_at timestamptz,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  revoked_at timestamptz,
  revoked_by uuid,
  primary key (tenant_id, id),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id),
  foreign key (tenant_id, person_id) references core.persons (tenant_id, id),
  foreign key (tenant_id, workspace_id, site_id) references core.sites (tenant_id, workspace_id, id)
);
create index key_grants_of_person on core.key_grants (tenant_id, workspace_id, person_id) where revoked_at is null;
create index key_grants_of_site on core.key_grants (tenant_id, workspace_id, site_id);
select core.protect('core.key_grants', '{"scope":"workspace", "mine":"person_id",
  "select":[{"may":"core.protection.read"}], "insert":[{"may":"core.protection.manage"}], "update":[{"may":"core.protection.manage"}]}');
-- Who keeps the list does not put himself on it.
create policy wall_self on core.key_grants as restrictive for insert to :app with check (person_id <> (select core.actor()));
revoke update on core.key_grants from :app;
grant update (revoked_at, revoked_by) on core.key_grants to :app;

do $$
declare t text;
begin
  foreach t in array array['protections', 'key_grants'] loop
    execute format('create policy keeper on core.%I for select to :keeper using (true)', t);
    execute format('grant select on core.%I to :keeper', t);
  end loop;
end $$;

-- For each class that has extra protection here: how far the asker's own key reaches now. A class that is not named needs
-- no more than its permission. Read in the request's own transaction: what was revoked opens nothing any more.
create function core.key_reach(wanted text, out field_class text, out everywhere boolean, out sites uuid[], out subjects uuid[])
returns setof record language plpgsql stable security definer set search_path = pg_catalog, pg_temp rows 2 as $$
declare
  c text[] := core.context();
begin
  if c is null or c[4] = '' then return; end if;
  return query
    select p.field_class,
      (c[5] = 'system' and p.jobs_may_open) or exists (select from core.key_grants g
        where g.tenant_id = p.tenant_id and g.workspace_id = p.workspace_id and g.field_class = p.field_class and c[5] = 'person'
          and g.person_id = c[6]::uuid and g.operation = wanted and g.site_id is null and g.revoked_at is null
          and (g.to_at is null or g.to_at > clock_timestamp())),
      array(select g.site_id from core.key_grants g
        where g.tenant_id = p.tenant_id and g.workspace_id = p.workspace_id and g.field_class = p.field_class and c[5] = 'person'
          and g.person_id = c[6]::uuid and g.operation = wanted and g.site_id is not null and g.revoked_at is null
          and (g.to_at is null or g.to_at > clock_timestamp())),
      -- What is about oneself is no secret from oneself.
      array(select s.id from core.subjects s where s.tenant_id = p.tenant_id and s.workspace_id = p.workspace_id
        and ((c[5] = 'subject' and s.id = c[6]::uuid) or (c[5] = 'person' and s.person_id = c[6]::uuid)))
    from (select distinct on (q.field_class) q.* from core.protections q
      where q.tenant_id = c[3]::uuid and q.workspace_id = c[4]::uuid order by q.field_class, q.made_at desc) p
    where p.is_on;
end $$;
revoke execute on function core.key_reach(text) from public;
grant execute on function core.key_reach(text) to :app;
alter function core.key_reach(text) owner to :keeper;

-- A link for a subject without an account: one subject, one module, until a date. The table holds only the token's hash.
create table core.portal_links (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  token_hash bytea not null,
  subject_id uuid not null,
  module text not null check (module ~ '^[a-z]+$'),
  until_at timestamptz not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  revoked_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, token_hash),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index portal_links_of_subject on core.portal_links (tenant_id, workspace_id, subject_id);
select core.protect('core.portal_links', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"core.subjects.read"}], "insert":[{"may":"core.subjects.read"}], "update":[{"may":"core.subjects.read"}]}');
revoke select, update on core.portal_links from :app;
grant select (tenant_id, workspace_id, id, subject_id, module, until_at, made_at, made_by, revoked_at) on core.portal_links to :app;
grant update (revoked_at, until_at) on core.portal_links to :app;
create policy keeper on core.portal_links for select to :keeper using (true);
grant select on core.portal_links to :keeper;

-- Whom this link belongs to, and where: null when it is not known, revoked or over.
create function core.arrive_by_link(tenant uuid, hash bytea) returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select jsonb_build_object(
    'workspace', jsonb_build_object('id', w.id, 'slug', w.slug, 'title', w.title, 'kind', w.kind),
    'subject', jsonb_build_object('id', s.id, 'code', s.code),
    'module', l.module,
    'modules', coalesce((
      select jsonb_object_agg(m.module, m.value) from (
        select distinct on (sw.module) sw.module, sw.is_on,
          coalesce((select st.value from core.settings st where st.tenant_id = tenant and st.workspace_id = w.id
            and st.module = sw.module order by st.made_at desc limit 1), '{}') as value
        from core.switches sw where sw.tenant_id = tenant and sw.workspace_id = w.id
        order by sw.module, sw.made_at desc) m where m.is_on), '{}'))
  from core.portal_links l
  join core.subjects s on s.tenant_id = l.tenant_id and s.id = l.subject_id and s.left_at is null
  join core.workspaces w on w.tenant_id = l.tenant_id and w.id = l.workspace_id and w.archived_at is null
  where l.tenant_id = tenant and l.token_hash = hash and l.revoked_at is null and l.until_at > clock_timestamp()
$$;
revoke execute on function core.arrive_by_link(uuid, bytea) from public;
grant execute on function core.arrive_by_link(uuid, bytea) to :door;
alter function core.arrive_by_link(uuid, bytea) owner to :keeper;

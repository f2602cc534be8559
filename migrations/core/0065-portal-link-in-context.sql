-- A portal link is part of the signed context: a policy can ask by which link a subject came, so that a link made for one
-- signer signs for no other. And a subject may see who looked at what is kept of him (core.audit.own).

-- The context's seventh part is a session for a person and a link for a subject.
create function core.link() returns uuid language sql stable
  return case when (core.context())[5] = 'subject' then nullif((core.context())[7], '')::uuid end;
revoke execute on function core.link() from public;
grant execute on function core.link() to :app, :keeper, :owner;

set local role :keeper;
create or replace function core.arrive_by_link(tenant uuid, hash bytea) returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select jsonb_build_object(
    'workspace', jsonb_build_object('id', w.id, 'slug', w.slug, 'title', w.title, 'kind', w.kind),
    'subject', jsonb_build_object('id', s.id, 'code', s.code),
    'link', l.id,
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
set local role :owner;

create policy reach_select_own on core.audit_events for select to :app
  using (subjects && array(select core.reach_subjects('core.audit.own')));

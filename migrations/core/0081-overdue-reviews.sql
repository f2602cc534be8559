-- An emergency that nobody looked at within a day raises an alarm (security.md R23, D71). The watch notices it, once.

alter table core.emergencies add column alarmed_at timestamptz;
grant update (alarmed_at) on core.emergencies to :keeper;
create index emergencies_to_review on core.emergencies (tenant_id, made_at) where reviewed_at is null and alarmed_at is null;

set local role :keeper;
-- Each overdue one to one watch only; `event` is the entry of the record that tells of it.
create function core.take_overdue_reviews(out id uuid, out place_id uuid, out place text, out slug text, out person uuid, out name text,
  out subject uuid, out event bigint)
returns setof record language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if core.actor_kind() is distinct from 'system' or not core.reaches('core.alarms.raise') then
    raise exception 'this needs core.alarms.raise' using errcode = '42501';
  end if;
  return query
    update core.emergencies e set alarmed_at = clock_timestamp()
    from core.workspaces w, core.persons p
    where e.tenant_id = core.tenant() and e.reviewed_at is null and e.alarmed_at is null
      and e.made_at < clock_timestamp() - interval '1 day'
      and w.tenant_id = e.tenant_id and w.id = e.workspace_id and p.tenant_id = e.tenant_id and p.id = e.person_id
    returning e.id, e.workspace_id, w.title, w.slug, e.person_id, p.name, e.subject_id, coalesce((
      select min(a.id) from core.audit_events a where a.tenant_id = e.tenant_id and a.workspace_id = e.workspace_id
        and a.actor_id = e.person_id and a.event = 'core.emergency_opened' and a.at >= e.made_at - interval '1 minute'), 0);
end $$;

-- Who ought to have looked: whoever manages access there, except the one it is about.
create function core.review_keepers(place uuid, about uuid, out name text, out email text) returns setof record
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select p.name, p.email from core.persons p
  where p.tenant_id = core.tenant() and p.status = 'active' and p.id <> about and core.actor_kind() = 'system'
    and core.reaches('core.alarms.raise') and exists (
    select from core.grants g join core.role_permissions rp on rp.role = g.role and rp.permission = 'core.grants.manage'
    where g.tenant_id = p.tenant_id and g.person_id = p.id and (g.workspace_id = place or g.workspace_id is null) and g.revoked_at is null
      and g.from_at <= clock_timestamp() and (g.to_at is null or g.to_at > clock_timestamp()))
  order by p.made_at limit 20
$$;
do $$
declare f text;
begin
  foreach f in array array['core.take_overdue_reviews()', 'core.review_keepers(uuid, uuid)'] loop
    execute format('revoke execute on function %s from public', f);
    execute format('grant execute on function %s to :app', f);
  end loop;
end $$;
set local role :owner;

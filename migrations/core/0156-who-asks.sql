-- Who asked to come in here for some hours, by name, for whoever sees the requests of this workspace: he decides about a
-- person, and may see no colleague in somebody who has no access yet, or none any more.
set local role :keeper;
create function core.who_asked_here(out person uuid, out name text, out email text) returns setof record
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select p.id, p.name, p.email from core.persons p
  where p.tenant_id = core.tenant() and core.actor_kind() = 'person' and core.reaches('core.grants.read') and exists (
    select from core.access_requests r
    where r.tenant_id = p.tenant_id and r.person_id = p.id and r.workspace_id = core.workspace())
$$;
revoke execute on function core.who_asked_here() from public;
grant execute on function core.who_asked_here() to :app;
set local role :owner;

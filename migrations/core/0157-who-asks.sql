-- Who asked to come in here for some hours, or opened somebody in an emergency, by name, for whoever sees what was given in
-- this workspace: he decides about a person, and sees no colleague in somebody who has no access yet, or none any more.
set local role :keeper;
create function core.who_asked_here(out person uuid, out name text, out email text) returns setof record
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select p.id, p.name, p.email from core.persons p
  where p.tenant_id = core.tenant() and core.actor_kind() = 'person' and core.reaches('core.grants.read') and (
    exists (select from core.access_requests r
      where r.tenant_id = p.tenant_id and r.person_id = p.id and r.workspace_id = core.workspace())
    or exists (select from core.emergencies e
      where e.tenant_id = p.tenant_id and e.person_id = p.id and e.workspace_id = core.workspace()))
$$;
revoke execute on function core.who_asked_here() from public;
grant execute on function core.who_asked_here() to :app;
set local role :owner;

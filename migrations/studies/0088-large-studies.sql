-- What a study of a million answers asks many times over is asked once a statement.

-- Who writes is read from the signed context once, and not once for each form that is counted.
create or replace function studies.count_revision() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  writer uuid := core.actor();
begin
  update studies.sheets s set revision = s.revision + 1,
    hands = case when writer is null or writer = any (s.hands) then s.hands else s.hands || writer end
  where s.tenant_id = any (array(select distinct tenant_id from changed))
    and s.workspace_id = any (array(select distinct workspace_id from changed))
    and s.id = any (array(select distinct sheet_id from changed));
  return null;
end $$;

-- Asked once a statement, so that nobody asks form by form what lies over it while nothing does.
create function studies.has_locks() returns boolean language sql stable set search_path = pg_catalog, pg_temp as $$
  select exists (select from studies.locks l
    where l.tenant_id = core.tenant() and l.workspace_id = core.workspace() and l.lifted_at is null)
$$;
revoke execute on function studies.has_locks() from public;
grant execute on function studies.has_locks() to :app;

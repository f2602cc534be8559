-- Is this file one that was made here? Asked with the file's digest by whoever holds it, signed in or not: the answer says
-- what kind of file it is and when it was made, and nothing about whom it concerns or who took it.
grant usage, create on schema core to :keeper;
create function core.find_file(digest bytea) returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select jsonb_build_object('name', e.name, 'format', e.format, 'at', e.made_at)
  from core.exports e where e.tenant_id = core.tenant() and e.sha256 = digest
  order by e.made_at limit 1
$$;
revoke execute on function core.find_file(bytea) from public;
grant execute on function core.find_file(bytea) to :app;
alter function core.find_file(bytea) owner to :keeper;
create policy keeper on core.exports for select to :keeper using (true);
grant select on core.exports to :keeper;
create index exports_by_digest on core.exports (tenant_id, sha256);

-- A link to a gate asks for a code and does nothing else. What the pages hold to, the database holds to as well: by a link
-- consent is taken back, and what stands is written, only past the gate.
create function econsent.is_inside() returns boolean
language sql stable set search_path = pg_catalog, pg_temp as $$
  select (select core.link()) is null or exists (select from econsent.entries e
    where e.tenant_id = (select core.tenant()) and e.workspace_id = (select core.workspace()) and e.link_id = (select core.link()))
$$;
revoke execute on function econsent.is_inside() from public;
grant execute on function econsent.is_inside() to :app;

create policy wall_gate on econsent.withdrawals as restrictive for insert to :app with check ((select econsent.is_inside()));
create policy wall_gate on econsent.standings as restrictive for insert to :app with check ((select econsent.is_inside()));

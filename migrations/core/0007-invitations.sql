-- Does this address have an account here? Only for someone who may invite, and only for that one address: a director who
-- invites a colleague need not see everybody in the institution.
create function core.person_by_email(address text) returns uuid
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select p.id from core.persons p
  where p.tenant_id = core.tenant() and p.email = lower(address)
    and (core.reaches('core.people.invite') or core.reaches('core.people.manage'))
$$;
revoke execute on function core.person_by_email(text) from public;
grant execute on function core.person_by_email(text) to :app;
alter function core.person_by_email(text) owner to :keeper;

-- Whoever added an account sees that one, also before it has any access.
create policy reach_select_made on core.persons for select to :app
  using (made_by = (select core.actor()) and (select core.reaches('core.people.invite')));

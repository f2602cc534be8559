-- What the screens of administration need, and what they must not be able to do.

-- Ends every session of a person, in the transaction of the act that asks for it: the record and the deed together.
create function core.end_sessions_of(person uuid, why text) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if not core.reaches('core.people.manage') then
    raise exception 'this needs core.people.manage' using errcode = '42501';
  end if;
  return core.end_sessions(core.tenant(), person, why);
end $$;
revoke execute on function core.end_sessions_of(uuid, text) from public;
grant execute on function core.end_sessions_of(uuid, text) to :app;
alter function core.end_sessions_of(uuid, text) owner to :keeper;

-- An institution's address, its demonstration mark and its suspension are not the administrator's to change.
revoke update on core.tenants from :app;
grant update (name, profile, idle_limit, policies) on core.tenants to :app;

-- Refusals of strangers belong to no workspace: they are read by those who read the institution's record.
create policy wall_place on core.refusals as restrictive for select to :app using ((select core.workspace()) is null);

-- The institution's own role is given for the whole institution or not at all.
alter table core.grants add constraint administrators_of_the_whole check (role <> 'administrator' or workspace_id is null);

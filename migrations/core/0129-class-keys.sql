-- A class of fields with extra protection lies under a key of its own in that workspace, and each subject's part of it under a
-- key that this one wraps. The database hands such a key to nobody who is not named for the class, whatever the code asks.
alter table core.keys drop constraint keys_purpose_check;
alter table core.keys add constraint keys_purpose_check
  check (purpose in ('field', 'apart', 'index', 'file', 'export', 'backup') or purpose ~ '^field:[a-z]+\.[a-z_]+$');

-- Those of which the one who asks may write and open nothing at all.
create function core.withheld_classes() returns text[]
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select coalesce(array_agg(o.field_class), '{}') from core.key_reach('open') o join core.key_reach('seal') s using (field_class)
  where not o.everywhere and not s.everywhere and cardinality(o.sites || s.sites || o.subjects || s.subjects) = 0
$$;
revoke execute on function core.withheld_classes() from public;
grant execute on function core.withheld_classes() to :app;
alter function core.withheld_classes() owner to :keeper;

create policy wall_class on core.keys as restrictive for all to :app
  using (purpose not like 'field:%' or substr(purpose, 7) <> all ((select core.withheld_classes())::text[]))
  with check (purpose not like 'field:%' or substr(purpose, 7) <> all ((select core.withheld_classes())::text[]));

-- What was destroyed gets no new key of any purpose.
set local role :keeper;
create or replace function core.guard_key() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  other record;
begin
  if new.wrapped is null then return new; end if;
  for other in select k.wrapped from core.keys k where k.tenant_id = new.tenant_id and k.workspace_id is not distinct from new.workspace_id
    and k.subject_id is not distinct from new.subject_id and (k.purpose = new.purpose or new.subject_id is not null) for share
  loop
    if other.wrapped is null then
      raise exception 'this key was destroyed: there is no next one' using errcode = '42501';
    end if;
  end loop;
  return new;
end $$;
set local role :owner;

-- Who destroys keys need not be named for any class: a subject's class keys go with his others, a workspace's (null) with its own.
grant update (destroyed_at, destroyed_by) on core.keys to :keeper;
create function core.destroy_class_keys(subject uuid) returns setof uuid
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  c text[] := core.context();
begin
  if c is null or c[4] = '' or not core.reaches('core.keys.destroy') then
    raise exception 'not allowed' using errcode = '42501';
  end if;
  return query update core.keys k set wrapped = null, destroyed_at = clock_timestamp(), destroyed_by = core.actor()
    where k.tenant_id = c[3]::uuid and k.workspace_id = c[4]::uuid and (subject is null or k.subject_id = subject)
      and starts_with(k.purpose, 'field:') and k.wrapped is not null returning k.id;
end $$;
revoke execute on function core.destroy_class_keys(uuid) from public;
grant execute on function core.destroy_class_keys(uuid) to :app;
alter function core.destroy_class_keys(uuid) owner to :keeper;

-- Rotations under way and done, for the whole installation: counts, and where to go on after a crash. Written by the owner
-- (cairn keys …); it names no institution's data.
create table core.rotations (
  id uuid primary key,
  kind text not null check (kind in ('wrap', 'data')),
  began_at timestamptz not null default clock_timestamp(),
  cursor uuid,                         -- wrap: the last key that was wrapped anew
  done bigint not null default 0,
  kept bigint not null default 0,      -- values that are never changed, and stay under their first key
  failed bigint not null default 0,
  finished_at timestamptz
);
grant select on core.rotations to :app, :backup;
create unique index one_rotation_at_a_time on core.rotations (kind) where finished_at is null;

-- Whoever destroys a subject's key takes the tags along by which the subject could still be found.
create policy keeper on core.identities for all to :keeper using (true) with check (true);
grant select, update (phone_index, email_index, record_number_index) on core.identities to :keeper;
create function core.forget_tags(subject uuid) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  c text[] := core.context();
  count int;
begin
  if c is null or c[4] = '' or not core.reaches('core.keys.destroy') then
    raise exception 'tags go with the key of their subject' using errcode = '42501';
  end if;
  update core.identities set phone_index = null, email_index = null, record_number_index = null
    where tenant_id = c[3]::uuid and workspace_id = c[4]::uuid and (subject is null or subject_id = subject);
  get diagnostics count = row_count;
  return count;
end $$;
revoke execute on function core.forget_tags(uuid) from public;
grant execute on function core.forget_tags(uuid) to :app;
alter function core.forget_tags(uuid) owner to :keeper;

-- A rotation and a shredding may meet. Whoever makes a subject's next key waits for a destruction that is under way, and is
-- refused when there was one: what was destroyed gets no new key, in whatever order the two commit.
create policy keeper on core.keys for all to :keeper using (true) with check (true);
grant select, update (wrapped) on core.keys to :keeper;
create function core.guard_key() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  other record;
begin
  if new.wrapped is null then return new; end if;
  for other in select k.wrapped from core.keys k where k.tenant_id = new.tenant_id and k.workspace_id is not distinct from new.workspace_id
    and k.subject_id is not distinct from new.subject_id and k.purpose = new.purpose for share
  loop
    if other.wrapped is null then
      raise exception 'this key was destroyed: there is no next one' using errcode = '42501';
    end if;
  end loop;
  return new;
end $$;
create trigger none_after_destruction before insert on core.keys for each row execute function core.guard_key();
revoke execute on function core.guard_key() from public;
alter function core.guard_key() owner to :keeper;

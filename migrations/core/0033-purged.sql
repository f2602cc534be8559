-- Demonstration institutions that were taken out. Their seals stay, so that the log of all institutions still adds up, and
-- the verifier knows why their events are gone. Only a demonstration can be here: a real one is never removed.
create table core.purged (
  institution uuid primary key,
  slug text not null,
  purged_at timestamptz not null default clock_timestamp()
);
grant select on core.purged to :sealer, :backup;
create trigger never_changed before update or delete on core.purged for each row execute function core.refuse_change();
create function core.guard_purge() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select from core.tenants t where t.tenant_id = new.institution and t.demo) then
    raise exception 'only a demonstration is taken out' using errcode = '42501';
  end if;
  return new;
end $$;
revoke execute on function core.guard_purge() from public;
create trigger demonstrations_only before insert on core.purged for each row execute function core.guard_purge();

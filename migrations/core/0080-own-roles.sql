-- Roles that an institution composes for itself (ADR 0015). They lie beside the house's, under a name of their own and the
-- institution they belong to, so every question about reach reads one table as before and costs no more.

alter table core.roles
  add column tenant_id uuid default core.tenant() references core.tenants, -- null: the house's own, the same for everybody
  add column place text check (place in ('institution', 'program', 'study', 'service')),
  add column summary text check (length(summary) <= 300),
  add column made_at timestamptz not null default clock_timestamp(),
  add column made_by uuid default core.actor(),
  add column changed_at timestamptz,
  add column retired_at timestamptz,
  add unique (tenant_id, role),
  add check ((tenant_id is not null) = (role ~ '^own:[0-9a-f-]{36}$')),
  add check (tenant_id is null or (place is not null and length(title) between 3 and 60 and idle_minutes is null));
create unique index roles_by_title on core.roles (tenant_id, lower(title)) where tenant_id is not null and retired_at is null;
alter table core.role_permissions
  add column tenant_id uuid default core.tenant() references core.tenants,
  add foreign key (tenant_id, role) references core.roles (tenant_id, role),
  add check ((tenant_id is not null) = (role ~ '^own:'));
create index role_permissions_of_tenant on core.role_permissions (tenant_id) where tenant_id is not null;

-- Another institution's role can not be given: what was given names the institution together with the role.
alter table core.grants add column role_of uuid generated always as (case when role like 'own:%' then tenant_id end) stored,
  add foreign key (role_of, role) references core.roles (tenant_id, role);
alter table core.access_requests add column role_of uuid generated always as (case when role like 'own:%' then tenant_id end) stored,
  add foreign key (role_of, role) references core.roles (tenant_id, role);
create index grants_of_role on core.grants (role_of, role) where role_of is not null;

-- What must not come together in one role, nor with one person in one place; a permission beside itself: in no role that an
-- institution composes. Written by `cairn migrate` from the modules' manifests.
create table core.permissions_apart (
  one text not null,
  other text not null,
  primary key (one, other)
);
revoke all on core.permissions_apart from public;
grant select on core.permissions_apart to :app, :keeper, :backup;

-- The house's roles are everybody's to read. An institution's are its people's, and its administrators' to change.
do $$
declare t text;
begin
  foreach t in array array['roles', 'role_permissions'] loop
    execute format('alter table core.%I enable row level security', t);
    execute format('alter table core.%I force row level security', t);
    execute format('create policy migration on core.%I to :owner using (true) with check (true)', t);
    execute format('create policy backup on core.%I for select to :backup using (true)', t);
    execute format('create policy keeper on core.%I for select to :keeper using (true)', t);
    execute format('create policy wall_tenant on core.%I as restrictive for all to :app
      using (tenant_id is null or tenant_id = (select core.tenant())) with check (tenant_id = (select core.tenant()))', t);
    execute format('create policy reach_select_house on core.%I for select to :app using (tenant_id is null and (select core.tenant()) is not null)', t);
    execute format($p$create policy reach_select on core.%I for select to :app
      using (tenant_id = (select core.tenant()) and (select core.actor_kind()) in ('person', 'system'))$p$, t);
    execute format($p$create policy reach_insert on core.%I for insert to :app
      with check ((select core.workspace()) is null and (select core.reaches('core.roles.manage')))$p$, t);
  end loop;
end $$;
create policy reach_update on core.roles for update to :app
  using (tenant_id is not null and (select core.workspace()) is null and (select core.reaches('core.roles.manage')))
  with check ((select core.workspace()) is null and (select core.reaches('core.roles.manage')));
create policy reach_delete on core.role_permissions for delete to :app
  using (tenant_id is not null and (select core.workspace()) is null and (select core.reaches('core.roles.manage')));
grant insert on core.roles to :app;
grant update (title, summary, changed_at, retired_at) on core.roles to :app;
grant insert, delete on core.role_permissions to :app;

set local role :keeper;
-- Nobody widens what he holds himself: whoever has the role leaves it to others.
create function core.holds_role(wanted text) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select exists (select from core.grants g where g.tenant_id = core.tenant() and g.person_id = core.actor() and g.role = wanted
    and g.revoked_at is null and (g.to_at is null or g.to_at > clock_timestamp()))
$$;

-- How often it is given, now or from a later day, or asked for. One turn for each role: whoever gives it meanwhile is
-- waited for, and then counted.
create function core.role_in_use(wanted text) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform pg_advisory_xact_lock(hashtextextended(wanted, 0));
  return (select count(*) from core.grants g where g.tenant_id = core.tenant() and g.role_of = core.tenant() and g.role = wanted
      and g.revoked_at is null and (g.to_at is null or g.to_at > clock_timestamp()))
    + (select count(*) from core.access_requests r where r.tenant_id = core.tenant() and r.role = wanted and r.decided_at is null
      and r.made_at > clock_timestamp() - interval '1 day');
end $$;

-- How far a composed permission goes: no further than a role of the house goes with it; in the institution's own roles no
-- further than whoever composes goes himself; and never beside what it must be apart from.
create function core.check_composed() returns trigger
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  made record;
begin
  if new.tenant_id is null then return null; end if;
  select r.place, r.retired_at into made from core.roles r where r.tenant_id = new.tenant_id and r.role = new.role;
  if not found or made.retired_at is not null then
    raise exception 'there is no such role to add to' using errcode = '42501';
  end if;
  if not exists (select from core.role_permissions h where h.tenant_id is null and h.permission = new.permission and h.reach = new.reach
      and (h.role = 'administrator') = (made.place = 'institution')) then
    raise exception 'no role of the house reaches so far with %', new.permission using errcode = '42501';
  end if;
  if made.place = 'institution' and core.actor_kind() = 'person' and not core.reaches(new.permission) then
    raise exception 'nobody gives what he does not hold: %', new.permission using errcode = '42501';
  end if;
  if exists (select from core.permissions_apart a join core.role_permissions x on x.tenant_id = new.tenant_id and x.role = new.role
      and x.permission = a.other where a.one = new.permission) then
    raise exception '% must be apart from another permission of this role', new.permission using errcode = '42501';
  end if;
  return null;
end $$;

-- For its own kind of place, and not any more once it was put away.
create function core.check_role_given() returns trigger
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if new.role not like 'own:%' then return new; end if;
  perform pg_advisory_xact_lock_shared(hashtextextended(new.role, 0));
  if not exists (select from core.roles r left join core.workspaces w on w.tenant_id = new.tenant_id and w.id = new.workspace_id
      where r.tenant_id = new.tenant_id and r.role = new.role and r.retired_at is null
        and r.place = case when new.workspace_id is null then 'institution' else w.kind end) then
    raise exception 'this role is not for this place' using errcode = '42501';
  end if;
  return new;
end $$;
do $$
declare f text;
begin
  foreach f in array array['core.holds_role(text)', 'core.role_in_use(text)', 'core.check_composed()', 'core.check_role_given()'] loop
    execute format('revoke execute on function %s from public', f);
  end loop;
end $$;
grant execute on function core.holds_role(text), core.role_in_use(text) to :app;
grant execute on function core.check_composed(), core.check_role_given() to :owner;
set local role :owner;

create policy wall_self on core.role_permissions as restrictive for insert to :app with check (not core.holds_role(role));
create policy wall_self_less on core.role_permissions as restrictive for delete to :app using (not core.holds_role(role));
create policy wall_use on core.roles as restrictive for update to :app
  using (true) with check (retired_at is null or core.role_in_use(role) = 0);
create trigger check_composed after insert or update on core.role_permissions for each row execute function core.check_composed();
create trigger check_role_given before insert on core.grants for each row execute function core.check_role_given();
create trigger check_role_given before insert on core.access_requests for each row execute function core.check_role_given();

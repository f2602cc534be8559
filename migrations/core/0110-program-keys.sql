-- Keys for programs that send or fetch data. A key acts for the person who holds it and never beyond what that person may
-- do at that moment: it narrows his live access to the permissions it names and, if it says so, to one site. It ends by
-- itself; a revoked grant ends what the key reaches of it at the next statement.

create table core.program_keys (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  person_id uuid not null,
  module text not null check (module ~ '^[a-z]+$'),
  title text not null check (length(title) between 1 and 120),
  permissions text[] not null check (cardinality(permissions) between 1 and 40),
  site_id uuid,
  until_at timestamptz not null,
  -- Null until the holder has taken it: the key itself is shown once, to him, and only its hash is kept.
  token_hash bytea check (length(token_hash) = 32),
  taken_at timestamptz,
  last_used_at timestamptz,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  revoked_at timestamptz,
  revoked_by uuid,
  primary key (tenant_id, id),
  unique (tenant_id, token_hash),
  check (until_at <= made_at + interval '400 days'),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id),
  foreign key (tenant_id, person_id) references core.persons (tenant_id, id),
  foreign key (tenant_id, workspace_id, site_id) references core.sites (tenant_id, workspace_id, id)
);
create index program_keys_of_workspace on core.program_keys (tenant_id, workspace_id, made_at desc);
create index program_keys_of_person on core.program_keys (tenant_id, person_id);
create index program_keys_of_site on core.program_keys (tenant_id, workspace_id, site_id);

select core.protect('core.program_keys', '{"scope":"workspace", "select":[{"may":"core.programs.manage"}],
  "insert":[{"may":"core.programs.manage"}], "update":[{"may":"core.programs.manage"}]}');
create policy reach_select_own on core.program_keys for select to :app using (person_id = (select core.actor()));
create policy reach_update_own on core.program_keys for update to :app
  using (person_id = (select core.actor())) with check (person_id = (select core.actor()));
revoke select, update on core.program_keys from :app;
grant select (tenant_id, workspace_id, id, person_id, module, title, permissions, site_id, until_at, taken_at, last_used_at, made_at, made_by, revoked_at, revoked_by)
  on core.program_keys to :app;
grant update (token_hash, taken_at, revoked_at, revoked_by) on core.program_keys to :app;
create policy keeper on core.program_keys to :keeper using (true) with check (true);
grant select, update on core.program_keys to :keeper;

create function core.keep_program_key() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op = 'INSERT' then
    if new.token_hash is not null or new.taken_at is not null or new.revoked_at is not null then
      raise exception 'a key is given empty, and taken by who holds it' using errcode = '42501';
    end if;
    return new;
  end if;
  if old.revoked_at is not null and (new.token_hash, new.revoked_at) is distinct from (old.token_hash, old.revoked_at) then
    raise exception 'a key that was ended stays so' using errcode = '42501';
  end if;
  -- Only its holder takes it: whoever gives keys never sees one.
  if new.token_hash is distinct from old.token_hash and new.token_hash is not null and old.person_id is distinct from core.actor() then
    raise exception 'a key is taken by who holds it' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep_program_key before insert or update on core.program_keys for each row execute function core.keep_program_key();

-- The context of a key: a person, with the permissions of the key in its eighth part, and its site as "site=<id>" there.
-- A person's own session has none there, and is narrowed by nothing.
set local role :keeper;
create or replace function core.live_reach(wanted text, out reach text, out site_id uuid) returns setof record
language plpgsql stable security definer set search_path = pg_catalog, pg_temp rows 2 as $$
declare
  c text[] := core.context();
  at_site uuid;
begin
  if c is null then return; end if;
  if c[5] = 'system' then
    if wanted = any (string_to_array(c[8], ',')) then
      reach := 'workspace'; site_id := null; return next;
    end if;
    return;
  end if;
  if c[5] = 'subject' then
    if wanted = any (string_to_array(c[8], ',')) then
      reach := 'own'; site_id := null; return next;
    end if;
    return;
  end if;
  if c[5] <> 'person' then return; end if;
  if c[8] <> '' then
    if not wanted = any (string_to_array(c[8], ',')) then return; end if;
    at_site := (select substr(x, 6)::uuid from unnest(string_to_array(c[8], ',')) x where x like 'site=%');
  end if;
  return query
    select case when at_site is not null then 'site' else rp.reach end, coalesce(at_site, g.site_id)
    from core.grants g
    join core.role_permissions rp on rp.role = g.role and rp.permission = wanted
    join core.persons p on p.tenant_id = g.tenant_id and p.id = g.person_id and p.status = 'active'
    where g.tenant_id = c[3]::uuid
      and g.person_id = c[6]::uuid
      and (g.workspace_id is null or g.workspace_id = nullif(c[4], '')::uuid)
      and g.revoked_at is null
      and g.from_at <= clock_timestamp()
      and (g.to_at is null or g.to_at > clock_timestamp())
      -- A key of one site reaches what the person reaches there as a whole, and nothing that is his by assignment or name.
      and (at_site is null or (rp.reach in ('workspace', 'site') and coalesce(g.site_id, at_site) = at_site));
end $$;

create or replace function core.reaches(wanted text) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
  c text[] := core.context();
begin
  if c is null then return false; end if;
  if c[5] = 'system' then return wanted = any (string_to_array(c[8], ',')); end if;
  if c[5] <> 'person' then return false; end if;
  if c[8] <> '' and (not wanted = any (string_to_array(c[8], ',')) or c[8] like '%site=%') then return false; end if;
  return exists (
    select from core.grants g
    join core.role_permissions rp on rp.role = g.role and rp.permission = wanted
      and (rp.reach = 'workspace' or (rp.reach = 'site' and g.site_id is null))
    join core.persons p on p.tenant_id = g.tenant_id and p.id = g.person_id and p.status = 'active'
    where g.tenant_id = c[3]::uuid
      and g.person_id = c[6]::uuid
      and (g.workspace_id is null or g.workspace_id = nullif(c[4], '')::uuid)
      and g.revoked_at is null
      and g.from_at <= clock_timestamp()
      and (g.to_at is null or g.to_at > clock_timestamp()));
end $$;

create or replace function core.reach_subjects(wanted text) returns setof uuid
language plpgsql stable security definer set search_path = pg_catalog, pg_temp rows 20 as $$
declare
  c text[] := core.context();
  r record;
  is_staff boolean := false;
begin
  if c is null or c[4] = '' then return; end if;
  for r in select distinct l.reach, l.site_id from core.live_reach(wanted) l loop
    is_staff := is_staff or r.reach like 'assigned%' or r.reach = 'site';
    if r.reach like 'assigned%' then
      return query select a.subject_id from core.assignments a
        where a.tenant_id = c[3]::uuid and a.workspace_id = c[4]::uuid and a.person_id = c[6]::uuid
          and a.ended_at is null and a.from_at <= clock_timestamp() and (a.to_at is null or a.to_at > clock_timestamp())
          and (r.reach = 'assigned' or a.kind = substr(r.reach, 10));
    elsif r.reach = 'own' and c[5] = 'subject' then
      return next c[6]::uuid;
    elsif r.reach = 'own' then
      return query select s.id from core.subjects s
        where s.tenant_id = c[3]::uuid and s.workspace_id = c[4]::uuid and s.person_id = c[6]::uuid;
    elsif r.reach = 'site' and r.site_id is not null then
      return query select s.id from core.subjects s
        where s.tenant_id = c[3]::uuid and s.workspace_id = c[4]::uuid and s.site_id = r.site_id;
    end if;
  end loop;
  -- An emergency is a person's, at his screen: no program goes through it.
  if is_staff and c[5] = 'person' and c[8] = '' then
    return query select a.subject_id from core.assignments a
      where a.tenant_id = c[3]::uuid and a.workspace_id = c[4]::uuid and a.person_id = c[6]::uuid and a.kind = 'emergency'
        and a.ended_at is null and (a.to_at is null or a.to_at > clock_timestamp());
  end if;
end $$;

-- Whose key this is and what it may do here now: null when it is not known, ended, over, of another place, or asked for from
-- a network that is not the institution's or the workspace's.
create function core.arrive_by_key(tenant uuid, hash bytea, slug text, address inet) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  k record;
begin
  select x.id, x.person_id, x.module, x.title, x.permissions, x.site_id, x.last_used_at, x.workspace_id,
      p.name as person_name, p.email, w.slug as workspace_slug, w.title as workspace_title, w.kind
    into k
    from core.program_keys x
    join core.persons p on p.tenant_id = x.tenant_id and p.id = x.person_id and p.status = 'active'
    join core.workspaces w on w.tenant_id = x.tenant_id and w.id = x.workspace_id and w.archived_at is null
    join core.tenants t on t.tenant_id = x.tenant_id and t.suspended_at is null
    where x.tenant_id = tenant and x.token_hash = hash and x.revoked_at is null and x.until_at > clock_timestamp()
      and w.slug = arrive_by_key.slug
      and not core.lies_outside(t.policies, address) and not core.lies_outside(w.policies, address);
  if not found then return null; end if;
  if k.last_used_at is null or k.last_used_at < clock_timestamp() - interval '1 minute' then
    update core.program_keys x set last_used_at = clock_timestamp() where x.tenant_id = tenant and x.id = k.id;
  end if;
  return jsonb_build_object(
    'key', jsonb_build_object('id', k.id, 'title', k.title, 'module', k.module, 'permissions', to_jsonb(k.permissions), 'site', k.site_id),
    'person', jsonb_build_object('id', k.person_id, 'name', k.person_name, 'email', k.email),
    'workspace', jsonb_build_object('id', k.workspace_id, 'slug', k.workspace_slug, 'title', k.workspace_title, 'kind', k.kind),
    'may', coalesce((
      select jsonb_object_agg(y.permission, y.reaches) from (
        select rp.permission, jsonb_agg(distinct case when k.site_id is null then rp.reach else 'site' end) reaches
        from core.grants g join core.role_permissions rp on rp.role = g.role
        where g.tenant_id = tenant and g.person_id = k.person_id and g.revoked_at is null
          and g.from_at <= clock_timestamp() and (g.to_at is null or g.to_at > clock_timestamp())
          and (g.workspace_id is null or g.workspace_id = k.workspace_id)
          and (k.site_id is null or (rp.reach in ('workspace', 'site') and coalesce(g.site_id, k.site_id) = k.site_id))
        group by rp.permission) y), '{}'),
    'modules', coalesce((
      select jsonb_object_agg(m.module, m.value) from (
        select distinct on (sw.module) sw.module, sw.is_on,
          coalesce((select st.value from core.settings st where st.tenant_id = tenant and st.workspace_id = k.workspace_id
            and st.module = sw.module order by st.made_at desc limit 1), '{}') as value
        from core.switches sw where sw.tenant_id = tenant and sw.workspace_id = k.workspace_id
        order by sw.module, sw.made_at desc) m where m.is_on), '{}'));
end $$;
revoke execute on function core.arrive_by_key(uuid, bytea, text, inet) from public;
grant execute on function core.arrive_by_key(uuid, bytea, text, inet) to :door;
set local role :owner;

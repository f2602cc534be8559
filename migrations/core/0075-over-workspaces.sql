-- What lies over several workspaces (ADR 0014): links for anybody, each workspace's card, and a person's calendar.

-- A link without a subject, for a page that anybody may open: one module, until a date, until it is closed.
create table core.open_links (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  token_hash bytea not null,
  module text not null check (module ~ '^[a-z]+$'),
  until_at timestamptz not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  revoked_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, token_hash),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id)
);
create index open_links_of_workspace on core.open_links (tenant_id, workspace_id);
select core.protect('core.open_links', '{"scope":"workspace",
  "select":[{"may":"core.links.open"}], "insert":[{"may":"core.links.open"}], "update":[{"may":"core.links.open"}]}');
revoke select, update on core.open_links from :app;
grant select (tenant_id, workspace_id, id, module, until_at, made_at, made_by, revoked_at) on core.open_links to :app;
grant update (revoked_at) on core.open_links to :app;
create policy keeper on core.open_links for select to :keeper using (true);
grant select on core.open_links to :keeper;

-- What a workspace shows of itself in the institution's list. Written beside the change it tells of, never about a subject.
create table core.cards (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  module text not null check (module ~ '^[a-z]+$'),
  facts jsonb not null check (jsonb_typeof(facts) = 'object' and length(facts::text) <= 8000),
  changed_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, id),
  unique (tenant_id, workspace_id, module),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id)
);

-- Places where this person has work now.
create function core.reach_workspaces() returns setof uuid
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select g.workspace_id from core.grants g
  where g.tenant_id = core.tenant() and g.person_id = core.actor() and core.actor_kind() = 'person' and g.workspace_id is not null
    and g.revoked_at is null and g.from_at <= clock_timestamp() and (g.to_at is null or g.to_at > clock_timestamp())
$$;
revoke execute on function core.reach_workspaces() from public;
grant execute on function core.reach_workspaces() to :app;

select core.protect('core.cards', '{"scope":"tenant", "select":[{"may":"core.cards.read"}]}');
create policy reach_select_mine on core.cards for select to :app using (workspace_id in (select core.reach_workspaces()));
-- Inside a workspace there is its own card and no other.
create policy wall_place on core.cards as restrictive for all to :app
  using ((select core.workspace()) is null or workspace_id = (select core.workspace()))
  with check (workspace_id = (select core.workspace()));
-- The list names the workspaces that its cards are of: outside any of them, and to no one else.
create policy reach_select_listed on core.workspaces for select to :app using ((select core.workspace()) is null
  and ((select core.reaches('core.cards.read')) or id in (select core.reach_workspaces())));
create policy keeper on core.cards to :keeper using (true) with check (true);
grant select, insert, update on core.cards to :keeper;

create function core.keep_card(in_module text, in_facts jsonb) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if core.workspace() is null or core.actor_kind() not in ('person', 'system') then
    raise exception 'a card belongs to a workspace' using errcode = '42501';
  end if;
  insert into core.cards (tenant_id, workspace_id, module, facts) values (core.tenant(), core.workspace(), in_module, in_facts)
    on conflict (tenant_id, workspace_id, module) do update set facts = excluded.facts, changed_at = clock_timestamp();
end $$;
revoke execute on function core.keep_card(text, jsonb) from public;
grant execute on function core.keep_card(text, jsonb) to :app;

-- A calendar's address: whoever holds it sees what is due, by title and day, until it is ended.
create table core.calendar_links (
  tenant_id uuid not null default core.tenant(),
  id uuid not null default gen_random_uuid(),
  person_id uuid not null default core.actor(),
  token_hash bytea not null,
  made_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, token_hash),
  foreign key (tenant_id, person_id) references core.persons (tenant_id, id)
);
create index calendar_links_of_person on core.calendar_links (tenant_id, person_id);
select core.protect('core.calendar_links', '{"scope":"tenant"}');
create policy reach_select on core.calendar_links for select to :app using (person_id = (select core.actor()));
create policy reach_insert on core.calendar_links for insert to :app with check (person_id = (select core.actor()));
create policy reach_update on core.calendar_links for update to :app
  using (person_id = (select core.actor())) with check (person_id = (select core.actor()));
grant select (tenant_id, id, person_id, made_at, ended_at) on core.calendar_links to :app;
grant insert (id, token_hash) on core.calendar_links to :app;
grant update (ended_at) on core.calendar_links to :app;
create policy keeper on core.calendar_links for select to :keeper using (true);
grant select on core.calendar_links to :keeper;

-- Whose calendar this is, and each of his places with what he may do there. A workspace that is closed to networks other
-- than its own is left out: a calendar is read from anywhere.
create function core.arrive_by_calendar(tenant uuid, hash bytea) returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select jsonb_build_object(
    'person', jsonb_build_object('id', p.id, 'name', p.name, 'email', p.email),
    'places', coalesce((
      select jsonb_agg(jsonb_build_object(
        'workspace', jsonb_build_object('id', w.id, 'slug', w.slug, 'title', w.title, 'kind', w.kind),
        'may', coalesce((
          select jsonb_object_agg(x.permission, x.reaches) from (
            select rp.permission, jsonb_agg(distinct rp.reach) reaches
            from core.grants g join core.role_permissions rp on rp.role = g.role
            where g.tenant_id = tenant and g.person_id = p.id and g.revoked_at is null
              and g.from_at <= clock_timestamp() and (g.to_at is null or g.to_at > clock_timestamp())
              and (g.workspace_id is null or g.workspace_id = w.id)
            group by rp.permission) x), '{}'),
        'modules', coalesce((
          select jsonb_object_agg(m.module, m.value) from (
            select distinct on (sw.module) sw.module, sw.is_on,
              coalesce((select st.value from core.settings st where st.tenant_id = tenant and st.workspace_id = w.id
                and st.module = sw.module order by st.made_at desc limit 1), '{}') as value
            from core.switches sw where sw.tenant_id = tenant and sw.workspace_id = w.id
            order by sw.module, sw.made_at desc) m where m.is_on), '{}')) order by w.title)
      from core.workspaces w
      where w.tenant_id = tenant and w.archived_at is null and jsonb_array_length(coalesce(w.policies -> 'networks', '[]')) = 0 and exists (
        select from core.grants g where g.tenant_id = tenant and g.person_id = p.id and g.workspace_id = w.id
          and g.revoked_at is null and g.from_at <= clock_timestamp() and (g.to_at is null or g.to_at > clock_timestamp()))), '[]'))
  from core.calendar_links l
  join core.persons p on p.tenant_id = l.tenant_id and p.id = l.person_id and p.status = 'active'
  join core.tenants t on t.tenant_id = l.tenant_id and jsonb_array_length(coalesce(t.policies -> 'networks', '[]')) = 0
  where l.tenant_id = tenant and l.token_hash = hash and l.ended_at is null
$$;
revoke execute on function core.arrive_by_calendar(uuid, bytea) from public;
grant execute on function core.arrive_by_calendar(uuid, bytea) to :door;

do $$
declare f text;
begin
  foreach f in array array['core.reach_workspaces()', 'core.keep_card(text, jsonb)', 'core.arrive_by_calendar(uuid, bytea)'] loop
    execute format('alter function %s owner to :keeper', f);
  end loop;
end $$;

-- A link with a subject, or one for anybody: then the subject is null.
set local role :keeper;
create or replace function core.arrive_by_link(tenant uuid, hash bytea) returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select jsonb_build_object(
    'workspace', jsonb_build_object('id', w.id, 'slug', w.slug, 'title', w.title, 'kind', w.kind),
    'subject', l.subject,
    'link', l.id,
    'module', l.module,
    'modules', coalesce((
      select jsonb_object_agg(m.module, m.value) from (
        select distinct on (sw.module) sw.module, sw.is_on,
          coalesce((select st.value from core.settings st where st.tenant_id = tenant and st.workspace_id = w.id
            and st.module = sw.module order by st.made_at desc limit 1), '{}') as value
        from core.switches sw where sw.tenant_id = tenant and sw.workspace_id = w.id
        order by sw.module, sw.made_at desc) m where m.is_on), '{}'))
  from (
    select p.id, p.workspace_id, p.module, jsonb_build_object('id', s.id, 'code', s.code) as subject
    from core.portal_links p join core.subjects s on s.tenant_id = p.tenant_id and s.id = p.subject_id and s.left_at is null
    where p.tenant_id = tenant and p.token_hash = hash and p.revoked_at is null and p.until_at > clock_timestamp()
    union all
    select o.id, o.workspace_id, o.module, null
    from core.open_links o
    where o.tenant_id = tenant and o.token_hash = hash and o.revoked_at is null and o.until_at > clock_timestamp()) l
  join core.workspaces w on w.tenant_id = tenant and w.id = l.workspace_id and w.archived_at is null
$$;

-- Whom to call at a site: its own staff, by what they answer for. Each is a row that stands; an end is another.
create table studies.site_contacts (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  site_id uuid not null,
  duty text not null check (length(duty) between 1 and 40),
  name text not null check (length(name) between 1 and 200),
  email text not null default '' check (length(email) <= 254),
  phone text not null default '' check (length(phone) <= 40),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  check (email <> '' or phone <> ''),
  foreign key (tenant_id, workspace_id, site_id) references core.sites (tenant_id, workspace_id, id)
);
create index site_contacts_of_site on studies.site_contacts (tenant_id, workspace_id, site_id);
create table studies.site_contact_ends (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  contact_id uuid not null,
  site_id uuid not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, contact_id),
  foreign key (tenant_id, workspace_id, contact_id) references studies.site_contacts (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, site_id) references core.sites (tenant_id, workspace_id, id)
);
create index site_contact_ends_of_site on studies.site_contact_ends (tenant_id, workspace_id, site_id);
create function studies.keep_contact_end() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select from studies.site_contacts c where c.tenant_id = new.tenant_id and c.workspace_id = new.workspace_id
      and c.id = new.contact_id and c.site_id = new.site_id) then
    raise exception 'the end of a contact belongs to its contact' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep_end before insert on studies.site_contact_ends for each row execute function studies.keep_contact_end();
do $$
declare t text;
begin
  foreach t in array array['site_contacts', 'site_contact_ends'] loop
    execute format('create trigger never_changed before update or delete on studies.%I for each row execute function core.refuse_change()', t);
    execute format($f$select core.protect('studies.%I', '{"scope":"workspace", "site":"site_id",
      "select":[{"may":"studies.dossier.read"}], "insert":[{"may":"studies.sites.prepare"}]}')$f$, t);
  end loop;
end $$;

-- Who decided last for whom in this institution: so that the rules ask them in the next study by themselves. People and
-- offices alone; of a head of department, by department.
grant create on schema studies to :keeper;
create function studies.usual_deciders() returns table (approver text, department text, decider_id uuid)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select distinct on (r.approver, case when r.approver = 'department' then d.department else '' end)
    r.approver, case when r.approver = 'department' then d.department else '' end, r.decider_id
  from studies.approval_requests r
  left join lateral (select d.department from studies.dossiers d
    where d.tenant_id = r.tenant_id and d.workspace_id = r.workspace_id order by d.revision desc limit 1) d on true
  where r.tenant_id = core.tenant() and not exists (select from studies.approval_decisions x
    where x.tenant_id = r.tenant_id and x.workspace_id = r.workspace_id and x.request_id = r.id and x.decision = 'withdrawn')
  order by r.approver, case when r.approver = 'department' then d.department else '' end, r.made_at desc
$$;
revoke execute on function studies.usual_deciders() from public;
grant execute on function studies.usual_deciders() to :app;
alter function studies.usual_deciders() owner to :keeper;
revoke create on schema studies from :keeper;

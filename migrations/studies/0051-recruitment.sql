-- Recruitment: who was met on the way into the study, by code alone; who that is lies in the identity vault. The stage
-- stands in the row, so that a funnel of a hundred thousand is one grouped count; how it came about are steps, never changed.

create table studies.screenings (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  site_id uuid,
  source text not null check (source in ('clinic', 'referral', 'record search', 'public page', 'other')),
  contact_consent text check (length(contact_consent) between 1 and 2000),   -- the words that were agreed to
  stage text not null default 'identified'
    check (stage in ('identified', 'contacted', 'prescreened', 'consented', 'eligible', 'randomised', 'completed')),
  dropped text check (length(dropped) between 1 and 40),
  changed_at timestamptz not null default clock_timestamp(),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, subject_id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, site_id) references core.sites (tenant_id, workspace_id, id)
);
create index screenings_by_stage on studies.screenings (tenant_id, workspace_id, site_id, stage, dropped);
create index screenings_by_time on studies.screenings (tenant_id, workspace_id, changed_at desc);

create table studies.screening_steps (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  screening_id uuid not null,
  subject_id uuid not null,
  site_id uuid,
  ordinal int not null check (ordinal > 0),
  stage text not null,
  dropped text,
  on_day date not null,
  note bytea,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, screening_id, ordinal),   -- of two who act at once, one is told
  foreign key (tenant_id, workspace_id, screening_id) references studies.screenings (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index screening_steps_of_subject on studies.screening_steps (tenant_id, workspace_id, subject_id);
create trigger never_changed before update or delete on studies.screening_steps for each row execute function core.refuse_change();

-- Forward by one stage, or out; whoever is out comes back only to where he was.
create function studies.keep_screening() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  stages text[] := array['identified', 'contacted', 'prescreened', 'consented', 'eligible', 'randomised', 'completed'];
  before int := array_position(stages, old.stage);
  after int := array_position(stages, new.stage);
begin
  if (to_jsonb(new) - array['stage', 'dropped', 'changed_at']) is distinct from (to_jsonb(old) - array['stage', 'dropped', 'changed_at']) then
    raise exception 'only the stage of a screening changes' using errcode = '42501';
  end if;
  if not (after = before or (after = before + 1 and old.dropped is null and new.dropped is null)
      or (old.stage = 'eligible' and new.stage = 'completed' and old.dropped is null and new.dropped is null)) then
    raise exception 'a screening goes on by one stage' using errcode = '42501';
  end if;
  new.changed_at := clock_timestamp();
  return new;
end $$;
create trigger keep_screening before update on studies.screenings for each row execute function studies.keep_screening();

-- How many are wanted where, and by when: the newest row of a site counts (site null: the study as a whole).
create table studies.site_plans (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  site_id uuid,
  target int not null check (target between 1 and 1000000),
  starts_on date not null,
  ends_on date not null check (ends_on > starts_on),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, site_id) references core.sites (tenant_id, workspace_id, id)
);
create index site_plans_of_site on studies.site_plans (tenant_id, workspace_id, site_id);
create trigger never_changed before update or delete on studies.site_plans for each row execute function core.refuse_change();

create table studies.signup_pages (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  link_id uuid not null,
  title text not null check (length(title) between 1 and 200),
  about text not null check (length(about) between 1 and 4000),
  contact_text text not null check (length(contact_text) between 1 and 2000),
  until_on date not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, link_id) references core.open_links (tenant_id, id)
);
create index signup_pages_of_link on studies.signup_pages (tenant_id, link_id);
create trigger never_changed before update or delete on studies.signup_pages for each row execute function core.refuse_change();
create table studies.signup_ends (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  page_id uuid not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, page_id),
  foreign key (tenant_id, workspace_id, page_id) references studies.signup_pages (tenant_id, workspace_id, id)
);
create trigger never_changed before update or delete on studies.signup_ends for each row execute function core.refuse_change();

select core.protect('studies.screenings', '{"scope":"workspace", "site":"site_id",
  "select":[{"may":"studies.recruitment.read"}], "insert":[{"may":"studies.recruitment.write"}], "update":[{"may":"studies.recruitment.write"}]}');
select core.protect('studies.screening_steps', '{"scope":"workspace", "site":"site_id",
  "select":[{"may":"studies.recruitment.read"}], "insert":[{"may":"studies.recruitment.write"}]}');
select core.protect('studies.site_plans', '{"scope":"workspace", "site":"site_id",
  "select":[{"may":"studies.recruitment.numbers"}], "insert":[{"may":"studies.recruitment.plan"}]}');
select core.protect('studies.signup_pages', '{"scope":"workspace",
  "select":[{"may":"studies.recruitment.numbers"}, {"may":"studies.signup"}], "insert":[{"may":"studies.recruitment.invite"}]}');
select core.protect('studies.signup_ends', '{"scope":"workspace",
  "select":[{"may":"studies.recruitment.numbers"}, {"may":"studies.signup"}], "insert":[{"may":"studies.recruitment.invite"}]}');

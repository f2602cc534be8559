-- Who was given which task of a study, and who was trained for it (ICH E6(R3) 2.3; 21 CFR 11.10(i)). Rows are never
-- changed: what becomes of a delegation are steps, and each step may be taken by those whose step it is.

create table studies.courses (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  title text not null check (length(title) between 1 and 200),
  tasks text[] not null check (cardinality(tasks) between 0 and 20),
  valid_months int check (valid_months between 1 and 120),
  required_from date not null,
  about text not null default '' check (length(about) <= 2000),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, title),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id)
);
-- A course that is asked for no longer: from a day on.
create table studies.course_ends (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  course_id uuid not null,
  from_on date not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, course_id),
  foreign key (tenant_id, workspace_id, course_id) references studies.courses (tenant_id, workspace_id, id)
);
create table studies.trainings (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  person_id uuid not null,
  course_id uuid not null,
  completed_on date not null,
  evidence text not null default '' check (length(evidence) <= 500),  -- where the certificate lies
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, person_id, course_id, completed_on),
  check (completed_on <= (made_at at time zone 'UTC')::date + 1),
  foreign key (tenant_id, workspace_id, course_id) references studies.courses (tenant_id, workspace_id, id),
  foreign key (tenant_id, person_id) references core.persons (tenant_id, id)
);
create index trainings_of_course on studies.trainings (tenant_id, workspace_id, course_id);
create index trainings_of_person on studies.trainings (tenant_id, person_id);

create table studies.delegations (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  person_id uuid not null,
  site_id uuid,                             -- null: every site
  tasks text[] not null check (cardinality(tasks) between 1 and 20),
  from_on date not null,
  until_on date check (until_on >= from_on),
  note text not null default '' check (length(note) <= 500),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, site_id) references core.sites (tenant_id, workspace_id, id),
  foreign key (tenant_id, person_id) references core.persons (tenant_id, id)
);
create index delegations_of_site on studies.delegations (tenant_id, workspace_id, site_id);
create index delegations_of_person on studies.delegations (tenant_id, person_id);
create table studies.delegation_steps (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  delegation_id uuid not null,
  person_id uuid not null,
  site_id uuid,
  step text not null check (step in ('accepted', 'approved', 'ended')),
  on_day date not null,
  reason text check (length(reason) between 1 and 500),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, delegation_id, step),
  check ((step = 'ended') = (reason is not null)),
  foreign key (tenant_id, workspace_id, delegation_id) references studies.delegations (tenant_id, workspace_id, id),
  foreign key (tenant_id, person_id) references core.persons (tenant_id, id)
);
create index delegation_steps_of_person on studies.delegation_steps (tenant_id, person_id);

-- A step copies whose and where it is from its delegation, so that the walls can ask.
create function studies.keep_delegation_step() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select from studies.delegations d where d.tenant_id = new.tenant_id and d.workspace_id = new.workspace_id
      and d.id = new.delegation_id and d.person_id = new.person_id and d.site_id is not distinct from new.site_id) then
    raise exception 'a step belongs to its delegation' using errcode = '42501';
  end if;
  if new.step = 'accepted' and new.made_by is distinct from new.person_id then
    raise exception 'a task is accepted by the one who takes it on' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep_step before insert on studies.delegation_steps for each row execute function studies.keep_delegation_step();

do $$
declare t text;
begin
  foreach t in array array['courses', 'course_ends', 'trainings', 'delegations', 'delegation_steps'] loop
    execute format('create trigger never_changed before update or delete on studies.%I for each row execute function core.refuse_change()', t);
  end loop;
end $$;

select core.protect('studies.courses', '{"scope":"workspace",
  "select":[{"may":"studies.training.read"}], "insert":[{"may":"studies.training.manage"}]}');
select core.protect('studies.course_ends', '{"scope":"workspace",
  "select":[{"may":"studies.training.read"}], "insert":[{"may":"studies.training.manage"}]}');
-- What is asked of people here is no secret among them.
create policy reach_select_here on studies.courses for select to :app using (workspace_id = (select core.workspace()));
create policy reach_select_here on studies.course_ends for select to :app using (workspace_id = (select core.workspace()));
select core.protect('studies.trainings', '{"scope":"workspace", "mine":"person_id",
  "select":[{"may":"studies.training.read"}, {"may":"studies.training.own"}], "insert":[{"may":"studies.training.record"}, {"may":"studies.training.own"}]}');
select core.protect('studies.delegations', '{"scope":"workspace", "site":"site_id", "mine":"person_id",
  "select":[{"may":"studies.delegation.read"}, {"may":"studies.delegation.accept"}], "insert":[{"may":"studies.delegation.write"}]}');
select core.protect('studies.delegation_steps', '{"scope":"workspace", "site":"site_id", "mine":"person_id",
  "select":[{"may":"studies.delegation.read"}, {"may":"studies.delegation.accept"}],
  "insert":[{"may":"studies.delegation.accept", "when":"step = ''accepted''"},
            {"may":"studies.delegation.approve", "when":"step in (''approved'', ''ended'')"},
            {"may":"studies.delegation.write", "when":"step = ''ended''"}]}');

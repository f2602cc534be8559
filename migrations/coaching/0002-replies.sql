-- Goals, journeys, what a model wrote, and the gate that a release goes through.

create table coaching.goals (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  wording bytea not null,
  due_on date,
  ended_at timestamptz,
  outcome text check (outcome in ('reached', 'changed', 'dropped')),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  check ((ended_at is null) = (outcome is null)),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index goals_of_subject on coaching.goals (tenant_id, workspace_id, subject_id);

-- A model's reply before anybody read it. Sent as it is, changed, or refused by a person; or thrown away because the member
-- wrote again. Faults are the names of the checks that it did not pass, never its words.
create table coaching.drafts (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  message_id uuid not null,
  attempt int not null default 1 check (attempt between 1 and 2),
  body bytea,
  status text not null check (status in ('waiting', 'sent', 'changed', 'refused', 'superseded', 'faulty')),
  faults text[] not null default '{}',
  run_id uuid,
  model text,
  prompt_version text not null,
  decided_by uuid,
  decided_at timestamptz,
  licensed boolean not null default false,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, message_id, attempt),
  check ((status = 'faulty') = (body is null)),
  foreign key (tenant_id, workspace_id, message_id) references coaching.messages (tenant_id, workspace_id, id),
  foreign key (tenant_id, decided_by) references core.persons (tenant_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index drafts_of_subject on coaching.drafts (tenant_id, workspace_id, subject_id);
create index drafts_by_decided_by on coaching.drafts (tenant_id, decided_by);

create table coaching.journeys (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  slug text not null check (slug ~ '^[a-z][a-z0-9-]{1,40}$'),
  version int not null check (version > 0),
  content jsonb not null,
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, slug, version),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id)
);

create table coaching.journey_approvals (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  journey_id uuid not null,
  sha256 text not null,
  name text not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, journey_id),
  foreign key (tenant_id, workspace_id, journey_id) references coaching.journeys (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id)
);

create table coaching.enrolments (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  journey_id uuid not null,
  started_on date not null,
  step text,
  step_on date,
  status text not null default 'running' check (status in ('running', 'ended', 'withdrawn')),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, journey_id) references coaching.journeys (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index enrolments_of_subject on coaching.enrolments (tenant_id, workspace_id, subject_id);
create index enrolments_by_journey_id on coaching.enrolments (tenant_id, workspace_id, journey_id);
create unique index enrolments_one_runs on coaching.enrolments (tenant_id, workspace_id, subject_id) where status = 'running';

create table coaching.enrolment_steps (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  enrolment_id uuid not null,
  step text not null,
  answer text check (answer in ('right', 'wrong', 'answered')),
  answered_at timestamptz,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, enrolment_id, step),
  foreign key (tenant_id, workspace_id, enrolment_id) references coaching.enrolments (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index enrolment_steps_of_subject on coaching.enrolment_steps (tenant_id, workspace_id, subject_id);

create table coaching.gate_runs (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  what text not null check (length(what) between 1 and 200),
  candidate_sha256 text not null,
  cases int not null,
  replayed int not null,
  lowered jsonb not null,
  passed boolean not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id)
);

do $$
declare t text;
begin
  foreach t in array array['journeys', 'journey_approvals', 'gate_runs'] loop
    execute format('create trigger never_changed before update or delete on coaching.%I for each row execute function core.refuse_change()', t);
  end loop;
end $$;

-- What has been decided about a draft stays decided.
create function coaching.keep_draft() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op = 'DELETE' or old.status <> 'waiting' or (new.message_id, new.attempt, new.run_id) is distinct from (old.message_id, old.attempt, old.run_id) then
    raise exception 'a draft is decided once' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep before update or delete on coaching.drafts for each row execute function coaching.keep_draft();

select core.protect('coaching.goals', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"coaching.readings.read"}, {"may":"coaching.work"}],
  "insert":[{"may":"coaching.readings.manage"}], "update":[{"may":"coaching.readings.manage"}]}');
select core.protect('coaching.drafts', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"coaching.messages.read"}, {"may":"coaching.work"}],
  "insert":[{"may":"coaching.work"}], "update":[{"may":"coaching.work"}, {"may":"coaching.messages.write"}]}');
-- A person passes on what a model wrote, under his own name as its reader.
create policy reach_insert_reviewed on coaching.messages for insert to :app with check (
  kind = 'model' and reviewed_by = (select core.actor()) and ((select core.reaches('coaching.messages.write'))
    or subject_id in (select core.reach_subjects('coaching.messages.write'))));
select core.protect('coaching.journeys', '{"scope":"workspace",
  "select":[{"may":"coaching.rules.read"}, {"may":"coaching.work"}], "insert":[{"may":"coaching.journeys.write"}]}');
select core.protect('coaching.journey_approvals', '{"scope":"workspace",
  "select":[{"may":"coaching.rules.read"}, {"may":"coaching.work"}], "insert":[{"may":"coaching.journeys.approve"}]}');
select core.protect('coaching.enrolments', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"coaching.messages.read"}, {"may":"coaching.work"}],
  "insert":[{"may":"coaching.journeys.write"}], "update":[{"may":"coaching.work"}, {"may":"coaching.journeys.write"}]}');
select core.protect('coaching.enrolment_steps', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"coaching.messages.read"}, {"may":"coaching.work"}], "insert":[{"may":"coaching.work"}], "update":[{"may":"coaching.work"}]}');
select core.protect('coaching.gate_runs', '{"scope":"workspace",
  "select":[{"may":"coaching.rules.read"}], "insert":[{"may":"coaching.rules.write"}]}');

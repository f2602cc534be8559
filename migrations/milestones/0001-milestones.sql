-- Milestones: subcompetencies, trainees, evaluations, the committee's sheets, the director's decisions.
--
-- A state that someone could be asked about is a row (a sheet, a decision, a release, a reopening, an acknowledgement),
-- and such rows are never changed. What people wrote about a trainee lies sealed under the trainee's own key (bytea).
-- Levels: half_steps is twice the level (2 = level 1 … 10 = level 5). "Not Yet Completed Level 1" (nycl1) and "Not Yet
-- Assessable" (nya) are states of their own without a number, so that no statement can average over them.

create schema milestones;
grant usage on schema milestones to :app, :backup;

-- ── What a program measures by ──────────────────────────────────────────────────────────────────────────────────────

create table milestones.frameworks (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  specialty text not null check (length(specialty) between 1 and 120),
  version text not null check (version ~ '^\d+(\.\d+)?$'),
  effective_from date not null,
  effective_to date check (effective_to > effective_from),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, specialty, version),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id)
);

create table milestones.subcompetencies (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  framework_id uuid not null,
  code text not null check (code ~ '^(PC|MK|SBP|PBLI|PROF|ICS)[1-9]\d?$'),
  competency text not null check (competency in ('PC', 'MK', 'SBP', 'PBLI', 'PROF', 'ICS')),
  title text not null check (length(title) between 1 and 300),
  ordinal int not null,                     -- natural order: PC2 before PC10
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, framework_id, code),
  foreign key (tenant_id, workspace_id, framework_id) references milestones.frameworks (tenant_id, workspace_id, id)
);

-- The descriptors are the ACGME's: none is shipped, each program loads its own.
create table milestones.level_texts (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subcompetency_id uuid not null,
  level smallint not null check (level between 1 and 5),
  text text not null check (length(text) between 1 and 4000),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, subcompetency_id, level),
  foreign key (tenant_id, workspace_id, subcompetency_id) references milestones.subcompetencies (tenant_id, workspace_id, id)
);

create table milestones.periods (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  academic_year int not null check (academic_year between 2000 and 2100),
  half text not null check (half in ('mid', 'end')),
  starts_on date not null,
  ends_on date not null check (ends_on > starts_on),
  opens_on date not null,
  closes_on date not null check (closes_on > opens_on),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, academic_year, half),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id)
);

-- A trainee's place in training. The framework is pinned: a new version does not change who is under way.
create table milestones.enrolments (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  framework_id uuid not null,
  pgy smallint not null check (pgy between 1 and 9),
  starts_on date not null,
  expected_end date not null check (expected_end > starts_on),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, subject_id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, framework_id) references milestones.frameworks (tenant_id, workspace_id, id)
);
create index enrolments_of_framework on milestones.enrolments (tenant_id, workspace_id, framework_id);

-- ── Evaluations ─────────────────────────────────────────────────────────────────────────────────────────────────────

create table milestones.evaluations (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  period_id uuid not null,
  evaluator_id uuid not null,
  rotation text not null check (length(rotation) between 1 and 120),
  due_on date not null,
  expires_at timestamptz not null,
  narrative bytea,
  saved_at timestamptz,
  submitted_at timestamptz,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, period_id) references milestones.periods (tenant_id, workspace_id, id),
  foreign key (tenant_id, evaluator_id) references core.persons (tenant_id, id)
);
create index evaluations_of_subject on milestones.evaluations (tenant_id, workspace_id, subject_id, period_id);
create index evaluations_of_period on milestones.evaluations (tenant_id, workspace_id, period_id);
create index evaluations_of_evaluator on milestones.evaluations (tenant_id, evaluator_id);

-- One row for each subcompetency that was asked about. No status: not observed.
create table milestones.evaluation_levels (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  evaluation_id uuid not null,
  subject_id uuid not null,
  evaluator_id uuid not null,
  subcompetency_id uuid not null,
  status text check (status in ('rated', 'nycl1', 'nya')),
  half_steps smallint check (half_steps between 2 and 10),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, evaluation_id, subcompetency_id),
  check ((status is not distinct from 'rated') = (half_steps is not null)),
  foreign key (tenant_id, workspace_id, evaluation_id) references milestones.evaluations (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subcompetency_id) references milestones.subcompetencies (tenant_id, workspace_id, id),
  foreign key (tenant_id, evaluator_id) references core.persons (tenant_id, id)
);
create index evaluation_levels_of_subject on milestones.evaluation_levels (tenant_id, workspace_id, subject_id);
create index evaluation_levels_of_subcompetency on milestones.evaluation_levels (tenant_id, workspace_id, subcompetency_id);
create index evaluation_levels_of_evaluator on milestones.evaluation_levels (tenant_id, evaluator_id);

create table milestones.reminders (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  evaluation_id uuid not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, evaluation_id) references milestones.evaluations (tenant_id, workspace_id, id)
);
create index reminders_of_evaluation on milestones.reminders (tenant_id, workspace_id, evaluation_id);

create function milestones.keep_submitted() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if old.submitted_at is not null then
    raise exception 'a submitted evaluation is never changed' using errcode = '42501';
  end if;
  if (new.tenant_id, new.workspace_id, new.id, new.subject_id, new.period_id, new.evaluator_id, new.rotation)
     is distinct from
     (old.tenant_id, old.workspace_id, old.id, old.subject_id, old.period_id, old.evaluator_id, old.rotation) then
    raise exception 'an evaluation stays with its trainee, evaluator and rotation' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep_submitted before update on milestones.evaluations for each row execute function milestones.keep_submitted();

create function milestones.keep_submitted_levels() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if exists (select from milestones.evaluations e
             where e.tenant_id = old.tenant_id and e.workspace_id = old.workspace_id and e.id = old.evaluation_id
               and e.submitted_at is not null) then
    raise exception 'the levels of a submitted evaluation are never changed' using errcode = '42501';
  end if;
  if (new.tenant_id, new.workspace_id, new.id, new.evaluation_id, new.subject_id, new.evaluator_id, new.subcompetency_id)
     is distinct from
     (old.tenant_id, old.workspace_id, old.id, old.evaluation_id, old.subject_id, old.evaluator_id, old.subcompetency_id) then
    raise exception 'a level stays with its evaluation and subcompetency' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep_submitted before update on milestones.evaluation_levels for each row execute function milestones.keep_submitted_levels();

-- ── The committee ───────────────────────────────────────────────────────────────────────────────────────────────────

-- A member's whole view of one trainee in one period. A second thought is a new sheet; the newest of each member counts.
create table milestones.sheets (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  period_id uuid not null,
  member_id uuid not null default core.actor(),
  note bytea,
  -- The warnings as they were shown and acknowledged: [{"kind", "codes", "sentence"}]
  warnings jsonb not null default '[]',
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, period_id) references milestones.periods (tenant_id, workspace_id, id),
  foreign key (tenant_id, member_id) references core.persons (tenant_id, id)
);
create index sheets_of_subject on milestones.sheets (tenant_id, workspace_id, subject_id, period_id, member_id, made_at desc);
create index sheets_of_period on milestones.sheets (tenant_id, workspace_id, period_id);
create index sheets_of_member on milestones.sheets (tenant_id, member_id);

create table milestones.sheet_levels (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  sheet_id uuid not null,
  subject_id uuid not null,
  member_id uuid not null default core.actor(),
  subcompetency_id uuid not null,
  status text not null check (status in ('rated', 'nycl1', 'nya')),
  half_steps smallint check (half_steps between 2 and 10),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, sheet_id, subcompetency_id),
  check ((status = 'rated') = (half_steps is not null)),
  foreign key (tenant_id, workspace_id, sheet_id) references milestones.sheets (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subcompetency_id) references milestones.subcompetencies (tenant_id, workspace_id, id),
  foreign key (tenant_id, member_id) references core.persons (tenant_id, id)
);
create index sheet_levels_of_subject on milestones.sheet_levels (tenant_id, workspace_id, subject_id);
create index sheet_levels_of_subcompetency on milestones.sheet_levels (tenant_id, workspace_id, subcompetency_id);
create index sheet_levels_of_member on milestones.sheet_levels (tenant_id, member_id);

-- ── Decisions ───────────────────────────────────────────────────────────────────────────────────────────────────────

create table milestones.decisions (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  period_id uuid not null,
  revision int not null check (revision > 0),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, subject_id, period_id, revision),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, period_id) references milestones.periods (tenant_id, workspace_id, id)
);
create index decisions_of_period on milestones.decisions (tenant_id, workspace_id, period_id);

create table milestones.decision_levels (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  decision_id uuid not null,
  subject_id uuid not null,
  subcompetency_id uuid not null,
  status text not null check (status in ('rated', 'nycl1', 'nya')),
  half_steps smallint check (half_steps between 2 and 10),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, decision_id, subcompetency_id),
  check ((status = 'rated') = (half_steps is not null)),
  foreign key (tenant_id, workspace_id, decision_id) references milestones.decisions (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subcompetency_id) references milestones.subcompetencies (tenant_id, workspace_id, id)
);
create index decision_levels_of_subject on milestones.decision_levels (tenant_id, workspace_id, subject_id);
create index decision_levels_of_subcompetency on milestones.decision_levels (tenant_id, workspace_id, subcompetency_id);

-- Where the director's level is not the one the committee agreed on, and why. A table of its own, because the trainee
-- sees the level and not what the committee said.
create table milestones.overrides (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  decision_id uuid not null,
  subject_id uuid not null,
  subcompetency_id uuid not null,
  recommended text not null,                -- as it was shown: "Level 3", "Divided: Level 2.5 or Level 3"
  reason bytea not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, decision_id, subcompetency_id),
  foreign key (tenant_id, workspace_id, decision_id) references milestones.decisions (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subcompetency_id) references milestones.subcompetencies (tenant_id, workspace_id, id)
);
create index overrides_of_subject on milestones.overrides (tenant_id, workspace_id, subject_id);
create index overrides_of_subcompetency on milestones.overrides (tenant_id, workspace_id, subcompetency_id);

create table milestones.releases (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  decision_id uuid not null,
  subject_id uuid not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, decision_id),
  foreign key (tenant_id, workspace_id, decision_id) references milestones.decisions (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index releases_of_subject on milestones.releases (tenant_id, workspace_id, subject_id);

create table milestones.reopenings (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  decision_id uuid not null,
  subject_id uuid not null,
  reason bytea not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, decision_id),
  foreign key (tenant_id, workspace_id, decision_id) references milestones.decisions (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index reopenings_of_subject on milestones.reopenings (tenant_id, workspace_id, subject_id);

create table milestones.acknowledgements (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  decision_id uuid not null,
  subject_id uuid not null,
  comment bytea,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, decision_id),
  foreign key (tenant_id, workspace_id, decision_id) references milestones.decisions (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index acknowledgements_of_subject on milestones.acknowledgements (tenant_id, workspace_id, subject_id);

do $$
declare t text;
begin
  foreach t in array array['sheets', 'sheet_levels', 'decisions', 'decision_levels', 'overrides', 'releases', 'reopenings',
    'acknowledgements', 'reminders'] loop
    execute format('create trigger never_changed before update or delete on milestones.%I for each row execute function core.refuse_change()', t);
  end loop;
end $$;

-- ── Who reaches what ────────────────────────────────────────────────────────────────────────────────────────────────

select core.protect('milestones.frameworks', '{"scope":"workspace",
  "select":[{"may":"milestones.frameworks.read"}], "insert":[{"may":"milestones.frameworks.manage"}],
  "update":[{"may":"milestones.frameworks.manage"}]}');
select core.protect('milestones.subcompetencies', '{"scope":"workspace",
  "select":[{"may":"milestones.frameworks.read"}], "insert":[{"may":"milestones.frameworks.manage"}],
  "update":[{"may":"milestones.frameworks.manage"}]}');
select core.protect('milestones.level_texts', '{"scope":"workspace",
  "select":[{"may":"milestones.frameworks.read"}], "insert":[{"may":"milestones.frameworks.manage"}],
  "update":[{"may":"milestones.frameworks.manage"}]}');
select core.protect('milestones.periods', '{"scope":"workspace",
  "select":[{"may":"milestones.frameworks.read"}], "insert":[{"may":"milestones.frameworks.manage"}]}');
select core.protect('milestones.enrolments', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"milestones.roster.read"}], "insert":[{"may":"milestones.roster.manage"}],
  "update":[{"may":"milestones.roster.manage"}]}');

select core.protect('milestones.evaluations', '{"scope":"workspace", "subject":"subject_id", "mine":"evaluator_id",
  "select":[{"may":"milestones.evaluations.follow"}, {"may":"milestones.evaluations.complete"},
            {"may":"milestones.evaluations.read", "when":"submitted_at is not null"}],
  "insert":[{"may":"milestones.evaluations.request"}],
  "update":[{"may":"milestones.evaluations.complete", "when":"submitted_at is null and expires_at > now()"}]}');
-- Whoever asked sees the empty rows that were just made; the levels in them are for those who read evaluations.
select core.protect('milestones.evaluation_levels', '{"scope":"workspace", "subject":"subject_id", "mine":"evaluator_id",
  "select":[{"may":"milestones.evaluations.follow", "when":"status is null"}, {"may":"milestones.evaluations.complete"},
            {"may":"milestones.evaluations.read", "when":"evaluation_id in (select id from milestones.evaluations where submitted_at is not null)"}],
  "insert":[{"may":"milestones.evaluations.request"}],
  "update":[{"may":"milestones.evaluations.complete", "when":"evaluation_id in (select id from milestones.evaluations where submitted_at is null)"}]}');
select core.protect('milestones.reminders', '{"scope":"workspace",
  "select":[{"may":"milestones.evaluations.follow"}], "insert":[{"may":"milestones.evaluations.follow"}]}');

select core.protect('milestones.sheets', '{"scope":"workspace", "subject":"subject_id", "mine":"member_id",
  "select":[{"may":"milestones.committee.read"}], "insert":[{"may":"milestones.committee.rate"}]}');
select core.protect('milestones.sheet_levels', '{"scope":"workspace", "subject":"subject_id", "mine":"member_id",
  "select":[{"may":"milestones.committee.read"}], "insert":[{"may":"milestones.committee.rate"}]}');

select core.protect('milestones.releases', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"milestones.decisions.read"}, {"may":"milestones.results.read"}], "insert":[{"may":"milestones.decide"}]}');
select core.protect('milestones.decisions', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"milestones.decisions.read"},
            {"may":"milestones.results.read", "when":"id in (select decision_id from milestones.releases)"}],
  "insert":[{"may":"milestones.decide"}]}');
select core.protect('milestones.decision_levels', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"milestones.decisions.read"},
            {"may":"milestones.results.read", "when":"decision_id in (select decision_id from milestones.releases)"}],
  "insert":[{"may":"milestones.decide"}]}');
select core.protect('milestones.overrides', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"milestones.decisions.read"}], "insert":[{"may":"milestones.decide"}]}');
select core.protect('milestones.reopenings', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"milestones.decisions.read"}, {"may":"milestones.results.read"}], "insert":[{"may":"milestones.decide"}]}');
select core.protect('milestones.acknowledgements', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"milestones.decisions.read"}, {"may":"milestones.results.read"}],
  "insert":[{"may":"milestones.acknowledge", "when":"decision_id in (select decision_id from milestones.releases)"}]}');

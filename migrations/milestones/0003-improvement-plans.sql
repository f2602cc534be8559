-- Performance improvement plans, with due process: drafts, steps, the notice, and whom the director lets see one.
--
-- Rows that are never changed; only a viewer's leave can be ended. Everything written lies sealed under the trainee's key.
-- The trainee sees a plan from its notice on, and of its steps only those since; a mentor sees it when let.

create table milestones.pips (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index pips_of_subject on milestones.pips (tenant_id, workspace_id, subject_id);

create table milestones.pip_drafts (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  pip_id uuid not null,
  subject_id uuid not null,
  version int not null check (version > 0),
  starts_on date not null,
  ends_on date not null check (ends_on > starts_on),
  text bytea not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, pip_id, version),
  foreign key (tenant_id, workspace_id, pip_id) references milestones.pips (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index pip_drafts_of_subject on milestones.pip_drafts (tenant_id, workspace_id, subject_id);

create table milestones.pip_subcompetencies (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  draft_id uuid not null,
  subject_id uuid not null,
  subcompetency_id uuid not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, draft_id, subcompetency_id),
  foreign key (tenant_id, workspace_id, draft_id) references milestones.pip_drafts (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subcompetency_id) references milestones.subcompetencies (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index pip_subcompetencies_of_subject on milestones.pip_subcompetencies (tenant_id, workspace_id, subject_id);
create index pip_subcompetencies_of_subcompetency on milestones.pip_subcompetencies (tenant_id, workspace_id, subcompetency_id);

create table milestones.pip_evidence (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  draft_id uuid not null,
  subject_id uuid not null,
  evaluation_id uuid not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, draft_id, evaluation_id),
  foreign key (tenant_id, workspace_id, draft_id) references milestones.pip_drafts (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, evaluation_id) references milestones.evaluations (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index pip_evidence_of_subject on milestones.pip_evidence (tenant_id, workspace_id, subject_id);
create index pip_evidence_of_evaluation on milestones.pip_evidence (tenant_id, workspace_id, evaluation_id);

create table milestones.pip_steps (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  pip_id uuid not null,
  subject_id uuid not null,
  ordinal int not null check (ordinal > 0),
  step text not null check (step in ('put_forward', 'returned', 'approved', 'issued', 'acknowledged', 'declined',
    'no_response', 'begun', 'interim_review', 'extended', 'successful', 'unsuccessful', 'escalated', 'hearing_requested',
    'hearing_held', 'grievance_filed', 'concluded', 'rescinded')),
  note bytea,
  by_name text not null check (length(by_name) between 1 and 200),   -- as printed: a trainee does not see the list of colleagues
  witness_id uuid,
  witness_name text check (length(witness_name) between 1 and 200),
  new_end date,
  kind text check (kind in ('probation', 'non_promotion', 'non_renewal', 'dismissal')),
  effective_on date,
  hearing_by date,
  grievance_by date,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, pip_id, ordinal),      -- of two who act at once, one is told
  check ((step = 'declined') = (witness_id is not null)),
  check (witness_id <> made_by),
  check ((witness_id is null) = (witness_name is null)),
  check ((step = 'extended') = (new_end is not null)),
  check ((step = 'escalated') = (kind is not null and effective_on is not null and hearing_by is not null and grievance_by is not null)),
  check (note is not null or step in ('put_forward', 'approved', 'issued', 'acknowledged', 'no_response', 'begun')),
  foreign key (tenant_id, workspace_id, pip_id) references milestones.pips (tenant_id, workspace_id, id),
  foreign key (tenant_id, witness_id) references core.persons (tenant_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index pip_steps_of_subject on milestones.pip_steps (tenant_id, workspace_id, subject_id);
create index pip_steps_of_witness on milestones.pip_steps (tenant_id, witness_id);
create unique index pip_one_hearing on milestones.pip_steps (tenant_id, workspace_id, pip_id, step)
  where step in ('hearing_requested', 'hearing_held', 'grievance_filed', 'issued', 'rescinded', 'concluded');

-- The notice that was served: which version of the draft. From this row on the trainee sees the plan.
create table milestones.pip_notices (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  pip_id uuid not null,
  draft_id uuid not null,
  subject_id uuid not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, pip_id),
  foreign key (tenant_id, workspace_id, pip_id) references milestones.pips (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, draft_id) references milestones.pip_drafts (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index pip_notices_of_draft on milestones.pip_notices (tenant_id, workspace_id, draft_id);
create index pip_notices_of_subject on milestones.pip_notices (tenant_id, workspace_id, subject_id);

create table milestones.pip_viewers (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  pip_id uuid not null,
  subject_id uuid not null,
  person_id uuid not null,
  ended_at timestamptz,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, pip_id) references milestones.pips (tenant_id, workspace_id, id),
  foreign key (tenant_id, person_id) references core.persons (tenant_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index pip_viewers_of_pip on milestones.pip_viewers (tenant_id, workspace_id, pip_id);
create index pip_viewers_of_subject on milestones.pip_viewers (tenant_id, workspace_id, subject_id);
create index pip_viewers_of_person on milestones.pip_viewers (tenant_id, person_id);

-- A trainee who answers does not see the steps before the notice; what he sees is enough to judge his own.
create function milestones.keep_pip_order() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare last text;
begin
  select s.step into last from milestones.pip_steps s
  where s.tenant_id = new.tenant_id and s.workspace_id = new.workspace_id and s.pip_id = new.pip_id
  order by s.ordinal desc limit 1;
  last := coalesce(last, 'draft');
  if (case new.step
    when 'put_forward' then last in ('draft', 'returned')
    when 'returned' then last = 'put_forward'
    when 'approved' then last = 'put_forward'
    when 'issued' then last = 'approved'
    when 'acknowledged' then last = 'issued'
    when 'declined' then last = 'issued'
    when 'no_response' then last = 'issued'
    when 'begun' then last in ('acknowledged', 'declined', 'no_response')
    when 'interim_review' then last in ('begun', 'interim_review', 'extended')
    when 'extended' then last in ('begun', 'interim_review', 'extended')
    when 'successful' then last in ('begun', 'interim_review', 'extended')
    when 'unsuccessful' then last in ('begun', 'interim_review', 'extended')
    when 'escalated' then last = 'unsuccessful'
    when 'hearing_requested' then last in ('escalated', 'grievance_filed')
    when 'hearing_held' then last in ('hearing_requested', 'grievance_filed')
    when 'grievance_filed' then last in ('escalated', 'hearing_requested', 'hearing_held')
    when 'concluded' then last in ('unsuccessful', 'escalated', 'hearing_held', 'grievance_filed')
    when 'rescinded' then last not in ('successful', 'concluded', 'rescinded')
    else false end) is not true then
    raise exception 'an improvement plan does not go from % to %', last, new.step using errcode = '42501';
  end if;
  if new.step = 'approved' and (
    new.made_by is not distinct from (select p.made_by from milestones.pips p
      where p.tenant_id = new.tenant_id and p.workspace_id = new.workspace_id and p.id = new.pip_id)
    or exists (select from milestones.pip_drafts d
      where d.tenant_id = new.tenant_id and d.workspace_id = new.workspace_id and d.pip_id = new.pip_id and d.made_by = new.made_by)) then
    raise exception 'who wrote an improvement plan does not approve it' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep_order before insert on milestones.pip_steps for each row execute function milestones.keep_pip_order();

create function milestones.keep_pip_draft() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare last text;
begin
  select s.step into last from milestones.pip_steps s
  where s.tenant_id = new.tenant_id and s.workspace_id = new.workspace_id and s.pip_id = new.pip_id
  order by s.ordinal desc limit 1;
  if coalesce(last, 'returned') <> 'returned' then
    raise exception 'only a draft is rewritten' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep_draft before insert on milestones.pip_drafts for each row execute function milestones.keep_pip_draft();

-- The newest version is the one that was approved, and the only one that is served.
create function milestones.keep_pip_notice() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select from milestones.pip_steps s
      where s.tenant_id = new.tenant_id and s.workspace_id = new.workspace_id and s.pip_id = new.pip_id and s.step = 'issued')
    or new.draft_id is distinct from (select d.id from milestones.pip_drafts d
      where d.tenant_id = new.tenant_id and d.workspace_id = new.workspace_id and d.pip_id = new.pip_id
      order by d.version desc limit 1) then
    raise exception 'notice is served of the version that was approved' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep_notice before insert on milestones.pip_notices for each row execute function milestones.keep_pip_notice();

create function milestones.keep_viewer() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if old.ended_at is not null
    or (new.tenant_id, new.workspace_id, new.id, new.pip_id, new.subject_id, new.person_id, new.made_at, new.made_by)
       is distinct from
       (old.tenant_id, old.workspace_id, old.id, old.pip_id, old.subject_id, old.person_id, old.made_at, old.made_by) then
    raise exception 'leave to see an improvement plan is ended once, and otherwise stays as it was given' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep_viewer before update on milestones.pip_viewers for each row execute function milestones.keep_viewer();

do $$
declare t text;
begin
  foreach t in array array['pips', 'pip_drafts', 'pip_subcompetencies', 'pip_evidence', 'pip_steps', 'pip_notices'] loop
    execute format('create trigger never_changed before update or delete on milestones.%I for each row execute function core.refuse_change()', t);
  end loop;
end $$;

-- ── Who reaches what ────────────────────────────────────────────────────────────────────────────────────────────────

select core.protect('milestones.pip_viewers', '{"scope":"workspace", "subject":"subject_id", "mine":"person_id",
  "select":[{"may":"milestones.pips.manage"}, {"may":"milestones.pips.let", "when":"person_id = (select core.actor()) and ended_at is null"}],
  "insert":[{"may":"milestones.pips.manage"}], "update":[{"may":"milestones.pips.manage"}]}');
select core.protect('milestones.pip_notices', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"milestones.pips.manage"}, {"may":"milestones.pips.review"}, {"may":"milestones.pips.own"},
            {"may":"milestones.pips.let", "when":"pip_id in (select pip_id from milestones.pip_viewers)"}],
  "insert":[{"may":"milestones.pips.manage"}]}');
select core.protect('milestones.pips', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"milestones.pips.manage"}, {"may":"milestones.pips.review"},
            {"may":"milestones.pips.own", "when":"id in (select pip_id from milestones.pip_notices)"},
            {"may":"milestones.pips.let", "when":"id in (select pip_id from milestones.pip_notices)"}],
  "insert":[{"may":"milestones.pips.manage"}]}');
select core.protect('milestones.pip_drafts', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"milestones.pips.manage"}, {"may":"milestones.pips.review"},
            {"may":"milestones.pips.own", "when":"id in (select draft_id from milestones.pip_notices)"},
            {"may":"milestones.pips.let", "when":"id in (select draft_id from milestones.pip_notices)"}],
  "insert":[{"may":"milestones.pips.manage"}]}');
select core.protect('milestones.pip_subcompetencies', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"milestones.pips.manage"}, {"may":"milestones.pips.review"},
            {"may":"milestones.pips.own", "when":"draft_id in (select draft_id from milestones.pip_notices)"},
            {"may":"milestones.pips.let", "when":"draft_id in (select draft_id from milestones.pip_notices)"}],
  "insert":[{"may":"milestones.pips.manage"}]}');
select core.protect('milestones.pip_evidence', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"milestones.pips.manage"}, {"may":"milestones.pips.review"},
            {"may":"milestones.pips.own", "when":"draft_id in (select draft_id from milestones.pip_notices)"},
            {"may":"milestones.pips.let", "when":"draft_id in (select draft_id from milestones.pip_notices)"}],
  "insert":[{"may":"milestones.pips.manage"}]}');
select core.protect('milestones.pip_steps', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"milestones.pips.manage"}, {"may":"milestones.pips.review"},
            {"may":"milestones.pips.own", "when":"pip_id in (select pip_id from milestones.pip_notices) and step not in (''put_forward'', ''returned'', ''approved'')"},
            {"may":"milestones.pips.let", "when":"pip_id in (select pip_id from milestones.pip_notices) and step not in (''put_forward'', ''returned'', ''approved'')"}],
  "insert":[{"may":"milestones.pips.manage", "when":"step not in (''returned'', ''approved'', ''acknowledged'', ''hearing_requested'', ''grievance_filed'')"},
            {"may":"milestones.pips.review", "when":"step in (''returned'', ''approved'')"},
            {"may":"milestones.pips.own", "when":"step in (''acknowledged'', ''hearing_requested'', ''grievance_filed'')"}]}');

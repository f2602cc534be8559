-- Evaluations from everywhere: forms that a program builds, requests from the rotation schedule, by the trainee and by link,
-- one extension, withdrawal, amendments as versions, and peers' and patients' answers that nobody sees one by one.
--
-- Whoever answers by link has no account: the portal link is in the signed context, and only the row that names it opens.
-- What peers and patients answered is read by director and committee; the trainee sees it summed up, from a number on.

-- What is asked of whom. A changed form is a new version; an evaluation keeps the version it was asked with.
create table milestones.forms (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  framework_id uuid not null,
  kind text not null check (kind in ('faculty', 'outside', 'staff', 'peer', 'patient')),
  title text not null check (length(title) between 1 and 120),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, framework_id, title),
  foreign key (tenant_id, workspace_id, framework_id) references milestones.frameworks (tenant_id, workspace_id, id)
);
create trigger never_changed before update or delete on milestones.forms for each row execute function core.refuse_change();
select core.protect('milestones.forms', '{"scope":"workspace", 
  "select":[{"may":"milestones.frameworks.read"}], "insert":[{"may":"milestones.frameworks.manage"}]}');

create table milestones.form_versions (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  form_id uuid not null,
  version int not null check (version > 0),
  narrative_question text not null check (length(narrative_question) between 1 and 300),
  is_offered boolean not null default true,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, form_id, version),
  foreign key (tenant_id, workspace_id, form_id) references milestones.forms (tenant_id, workspace_id, id)
);
create trigger never_changed before update or delete on milestones.form_versions for each row execute function core.refuse_change();
select core.protect('milestones.form_versions', '{"scope":"workspace", 
  "select":[{"may":"milestones.frameworks.read"}], "insert":[{"may":"milestones.frameworks.manage"}]}');

-- level: on the milestones' scale. agree: five steps in plain words, for those who do not know the milestones.
create table milestones.form_items (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  form_version_id uuid not null,
  ordinal int not null check (ordinal > 0),
  subcompetency_id uuid not null,
  question text not null check (length(question) between 1 and 300),
  answer text not null check (answer in ('level', 'agree')),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, form_version_id, ordinal),
  foreign key (tenant_id, workspace_id, form_version_id) references milestones.form_versions (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subcompetency_id) references milestones.subcompetencies (tenant_id, workspace_id, id)
);
create index form_items_of_subcompetency on milestones.form_items (tenant_id, workspace_id, subcompetency_id);
create trigger never_changed before update or delete on milestones.form_items for each row execute function core.refuse_change();
select core.protect('milestones.form_items', '{"scope":"workspace", 
  "select":[{"may":"milestones.frameworks.read"}], "insert":[{"may":"milestones.frameworks.manage"}]}');

-- Whoever came by a link reads what is asked.
create policy reach_select_link on milestones.forms for select to :app using (exists (select from core.reach_subjects('milestones.answer')));
create policy reach_select_link on milestones.form_versions for select to :app using (exists (select from core.reach_subjects('milestones.answer')));
create policy reach_select_link on milestones.form_items for select to :app using (exists (select from core.reach_subjects('milestones.answer')));
create policy reach_select_link on milestones.subcompetencies for select to :app using (exists (select from core.reach_subjects('milestones.answer')));

-- ── Who evaluates, and how it was asked ─────────────────────────────────────────────────────────────────────────────

alter table milestones.evaluations
  alter column evaluator_id drop not null,
  add column kind text not null default 'faculty' check (kind in ('faculty', 'outside', 'staff', 'peer', 'patient')),
  add column asked_by text not null default 'program' check (asked_by in ('program', 'schedule', 'trainee')),
  -- As the evaluator wrote it: nobody has checked who answers by link. A patient is never named.
  add column evaluator_name text check (length(evaluator_name) between 1 and 200),
  add column evaluator_email text check (length(evaluator_email) <= 254),
  add column link_id uuid,
  add column form_version_id uuid,
  add column happened_on date,
  add column amends_id uuid,
  add column extended_at timestamptz,
  add column withdrawn_at timestamptz,
  add constraint evaluations_someone check ((evaluator_id is null) = (link_id is not null)),
  add constraint evaluations_patient check (kind <> 'patient' or (evaluator_name is null and evaluator_email is null)),
  add constraint evaluations_own_amendment check (amends_id <> id),
  add constraint evaluations_form foreign key (tenant_id, workspace_id, form_version_id) references milestones.form_versions (tenant_id, workspace_id, id),
  add constraint evaluations_amends foreign key (tenant_id, workspace_id, amends_id) references milestones.evaluations (tenant_id, workspace_id, id);
create index evaluations_of_form on milestones.evaluations (tenant_id, workspace_id, form_version_id);
create unique index evaluations_amend_once on milestones.evaluations (tenant_id, workspace_id, amends_id) where amends_id is not null and withdrawn_at is null;
create index evaluations_of_amended on milestones.evaluations (tenant_id, workspace_id, amends_id);
create index evaluations_of_link on milestones.evaluations (tenant_id, link_id) where link_id is not null;
alter table milestones.evaluation_levels alter column evaluator_id drop not null;

-- Plain-words answers: 1 disagree … 5 agree.
create table milestones.evaluation_answers (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  evaluation_id uuid not null,
  subject_id uuid not null,
  evaluator_id uuid,
  form_item_id uuid not null,
  value smallint not null check (value between 1 and 5),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, evaluation_id, form_item_id),
  foreign key (tenant_id, workspace_id, evaluation_id) references milestones.evaluations (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, form_item_id) references milestones.form_items (tenant_id, workspace_id, id),
  foreign key (tenant_id, evaluator_id) references core.persons (tenant_id, id)
);
create index evaluation_answers_of_subject on milestones.evaluation_answers (tenant_id, workspace_id, subject_id);
create index evaluation_answers_of_form_item on milestones.evaluation_answers (tenant_id, workspace_id, form_item_id);
create index evaluation_answers_of_evaluator on milestones.evaluation_answers (tenant_id, evaluator_id);
create trigger never_changed before update or delete on milestones.evaluation_answers for each row execute function core.refuse_change();
select core.protect('milestones.evaluation_answers', '{"scope":"workspace", "subject":"subject_id", "mine":"evaluator_id",
  "select":[{"may":"milestones.anonymous.read"},
            {"may":"milestones.evaluations.read", "when":"evaluation_id in (select id from milestones.evaluations where kind not in (''peer'', ''patient''))"},
            {"may":"milestones.evaluations.complete"}, {"may":"milestones.answer", "when":"evaluation_id in (select id from milestones.evaluations where link_id = (select core.link()))"}],
  "insert":[{"may":"milestones.evaluations.complete", "when":"evaluation_id in (select id from milestones.evaluations where submitted_at is null)"},
            {"may":"milestones.answer", "when":"evaluation_id in (select id from milestones.evaluations where link_id = (select core.link()) and submitted_at is null)"}]}');

-- Why an evaluation no longer counts. The evaluation stays; nobody but the director reads it.
create table milestones.withdrawals (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  evaluation_id uuid not null,
  subject_id uuid not null,
  reason bytea not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, evaluation_id),
  foreign key (tenant_id, workspace_id, evaluation_id) references milestones.evaluations (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index withdrawals_of_subject on milestones.withdrawals (tenant_id, workspace_id, subject_id);
create trigger never_changed before update or delete on milestones.withdrawals for each row execute function core.refuse_change();
select core.protect('milestones.withdrawals', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"milestones.decisions.read"}, {"may":"milestones.evaluations.follow"}], "insert":[{"may":"milestones.evaluations.withdraw"}, {"may":"milestones.evaluations.request"}]}');

-- What a group of peers or patients answered, summed up by a job: never of fewer than three, and in steps, so that a
-- difference between two of them is never one person's answer.
create table milestones.group_results (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  period_id uuid not null,
  kind text not null check (kind in ('peer', 'patient')),
  form_item_id uuid not null,
  answers int not null check (answers >= 3),
  middle smallint not null check (middle between 1 and 5),
  low smallint not null check (low between 1 and 5),
  high smallint not null check (high between 1 and 5),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, subject_id, period_id, form_item_id, answers),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, period_id) references milestones.periods (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, form_item_id) references milestones.form_items (tenant_id, workspace_id, id)
);
create index group_results_of_period on milestones.group_results (tenant_id, workspace_id, period_id);
create index group_results_of_form_item on milestones.group_results (tenant_id, workspace_id, form_item_id);
create trigger never_changed before update or delete on milestones.group_results for each row execute function core.refuse_change();
select core.protect('milestones.group_results', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"milestones.results.read"}, {"may":"milestones.groups.sum"}], "insert":[{"may":"milestones.groups.sum"}]}');

-- The rotation schedule: who works where under whom, and from when to when.
create table milestones.blocks (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  evaluator_id uuid not null,
  rotation text not null check (length(rotation) between 1 and 120),
  starts_on date not null,
  ends_on date not null,
  form_version_id uuid,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, subject_id, evaluator_id, rotation, starts_on),
  check (ends_on >= starts_on),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id),
  foreign key (tenant_id, evaluator_id) references core.persons (tenant_id, id),
  foreign key (tenant_id, workspace_id, form_version_id) references milestones.form_versions (tenant_id, workspace_id, id)
);
create index blocks_of_evaluator on milestones.blocks (tenant_id, evaluator_id);
create index blocks_of_form_version on milestones.blocks (tenant_id, workspace_id, form_version_id);
create trigger never_changed before update or delete on milestones.blocks for each row execute function core.refuse_change();
select core.protect('milestones.blocks', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"milestones.evaluations.follow"}], "insert":[{"may":"milestones.evaluations.request"}]}');

-- That a block has been asked about: once.
create table milestones.block_requests (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  block_id uuid not null,
  subject_id uuid not null,
  evaluation_id uuid not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, block_id),
  foreign key (tenant_id, workspace_id, block_id) references milestones.blocks (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, evaluation_id) references milestones.evaluations (tenant_id, workspace_id, id)
);
create index block_requests_of_subject on milestones.block_requests (tenant_id, workspace_id, subject_id);
create index block_requests_of_evaluation on milestones.block_requests (tenant_id, workspace_id, evaluation_id);
create trigger never_changed before update or delete on milestones.block_requests for each row execute function core.refuse_change();
select core.protect('milestones.block_requests', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"milestones.evaluations.follow"}], "insert":[{"may":"milestones.evaluations.request"}]}');

-- ── What may change in an evaluation, and by whom ───────────────────────────────────────────────────────────────────

create or replace function milestones.keep_submitted() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  changed text[];
  answers boolean;
begin
  select coalesce(array_agg(n.key), '{}') into changed
  from jsonb_each(to_jsonb(new)) n join jsonb_each(to_jsonb(old)) o using (key) where n.value is distinct from o.value;
  if old.withdrawn_at is not null and changed <> '{}' then
    raise exception 'a withdrawn evaluation is never changed' using errcode = '42501';
  end if;
  if changed = array['withdrawn_at'] then
    if core.tenant() is not null and not (core.reaches('milestones.evaluations.withdraw')
        or (old.submitted_at is null and core.reaches('milestones.evaluations.request'))) then
      raise exception 'only the director withdraws an evaluation' using errcode = '42501';
    end if;
    return new;
  end if;
  if old.submitted_at is not null then
    raise exception 'a submitted evaluation is never changed' using errcode = '42501';
  end if;
  if not changed <@ array['narrative', 'saved_at', 'submitted_at', 'evaluator_name', 'due_on', 'expires_at', 'extended_at'] then
    raise exception 'an evaluation stays with its trainee, evaluator and rotation' using errcode = '42501';
  end if;
  if core.tenant() is null then return new; end if;
  answers := coalesce(old.evaluator_id = core.actor(), false) or coalesce(old.link_id = core.link(), false);
  if changed && array['due_on', 'expires_at', 'extended_at'] then
    if changed && array['narrative', 'saved_at', 'submitted_at', 'evaluator_name'] or old.extended_at is not null
       or new.extended_at is null or new.expires_at > greatest(old.expires_at, clock_timestamp()) + interval '7 days 1 minute'
       or not core.reaches('milestones.evaluations.request') then
      raise exception 'a request is extended once, by a week' using errcode = '42501';
    end if;
  elsif changed <> '{}' and not answers then
    raise exception 'only the evaluator answers' using errcode = '42501';
  end if;
  return new;
end $$;

drop policy reach_select on milestones.evaluations;
create policy reach_select on milestones.evaluations for select to :app using (
  (select core.reaches('milestones.evaluations.follow'))
  or evaluator_id = (select core.reach_mine('milestones.evaluations.complete'))
  or (link_id = (select core.link()) and subject_id in (select core.reach_subjects('milestones.answer')))
  or (submitted_at is null and asked_by = 'trainee' and subject_id in (select core.reach_subjects('milestones.requests.make')))
  or (submitted_at is not null and withdrawn_at is null and kind not in ('peer', 'patient')
      and ((select core.reaches('milestones.evaluations.read')) or subject_id in (select core.reach_subjects('milestones.evaluations.read'))))
  or (submitted_at is not null and withdrawn_at is null and kind in ('peer', 'patient')
      and (select core.reaches('milestones.anonymous.read'))));
drop policy reach_insert on milestones.evaluations;
create policy reach_insert on milestones.evaluations for insert to :app with check (
  (select core.reaches('milestones.evaluations.request'))
  or (asked_by = 'trainee' and evaluator_id is null and submitted_at is null and narrative is null and withdrawn_at is null
      and subject_id in (select core.reach_subjects('milestones.requests.make'))));
drop policy reach_update on milestones.evaluations;
create policy reach_update on milestones.evaluations for update to :app using (
  (submitted_at is null and withdrawn_at is null and expires_at > now()
    and (evaluator_id = (select core.reach_mine('milestones.evaluations.complete'))
      or (link_id = (select core.link()) and subject_id in (select core.reach_subjects('milestones.answer')))))
  or (submitted_at is null and withdrawn_at is null and (select core.reaches('milestones.evaluations.request')))
  or (withdrawn_at is null and (select core.reaches('milestones.evaluations.withdraw'))))
  with check (
  evaluator_id = (select core.reach_mine('milestones.evaluations.complete'))
  or (link_id = (select core.link()) and subject_id in (select core.reach_subjects('milestones.answer')))
  or (select core.reaches('milestones.evaluations.request')) or (select core.reaches('milestones.evaluations.withdraw')));

drop policy reach_select on milestones.evaluation_levels;
create policy reach_select on milestones.evaluation_levels for select to :app using (
  (status is null and (select core.reaches('milestones.evaluations.follow')))
  or (status is null and subject_id in (select core.reach_subjects('milestones.requests.make')))
  or evaluator_id = (select core.reach_mine('milestones.evaluations.complete'))
  or (subject_id in (select core.reach_subjects('milestones.answer'))
      and evaluation_id in (select id from milestones.evaluations where link_id = (select core.link())))
  or (((select core.reaches('milestones.evaluations.read')) or subject_id in (select core.reach_subjects('milestones.evaluations.read')))
      and evaluation_id in (select id from milestones.evaluations where submitted_at is not null and withdrawn_at is null
        and (kind not in ('peer', 'patient') or (select core.reaches('milestones.anonymous.read'))))));
drop policy reach_insert on milestones.evaluation_levels;
create policy reach_insert on milestones.evaluation_levels for insert to :app with check (
  (select core.reaches('milestones.evaluations.request'))
  or (status is null and evaluator_id is null and subject_id in (select core.reach_subjects('milestones.requests.make'))));
drop policy reach_update on milestones.evaluation_levels;
create policy reach_update on milestones.evaluation_levels for update to :app using (
  evaluation_id in (select id from milestones.evaluations where submitted_at is null and withdrawn_at is null)
  and (evaluator_id = (select core.reach_mine('milestones.evaluations.complete'))
    or (subject_id in (select core.reach_subjects('milestones.answer'))
        and evaluation_id in (select id from milestones.evaluations where link_id = (select core.link())))))
  with check (evaluator_id = (select core.reach_mine('milestones.evaluations.complete'))
    or subject_id in (select core.reach_subjects('milestones.answer')));


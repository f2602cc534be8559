-- Summaries of what evaluators wrote, and flags: for the director alone.
--
-- Nobody else reaches a row of these tables: not the trainee, not the mentor, not the committee. Every cited evaluation exists
-- and is of the same trainee and period. A flag leads to nothing before the director has confirmed it. Of fewer than three
-- evaluators or five comments no confident flag can be written.

-- The newest of a trainee and period counts. `source` says what wrote it; `why` says why no model did.
create table milestones.summaries (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  period_id uuid not null,
  source text not null check (source in ('model', 'rules')),
  run_id uuid,
  model text check (length(model) <= 200),
  why text check (length(why) <= 500),
  evaluators int not null check (evaluators >= 0),
  comments int not null check (comments >= 0),
  first_on date,
  last_on date,
  dropped int not null check (dropped >= 0),
  content bytea not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  check ((source = 'model') = (run_id is not null)),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, period_id) references milestones.periods (tenant_id, workspace_id, id)
);
create index summaries_of_subject on milestones.summaries (tenant_id, workspace_id, subject_id);
create index summaries_of_period on milestones.summaries (tenant_id, workspace_id, period_id);
create trigger never_changed before update or delete on milestones.summaries for each row execute function core.refuse_change();
select core.protect('milestones.summaries', '{"scope":"workspace", 
  "select":[{"may":"milestones.summaries.read"}, {"may":"milestones.summaries.write"}], "insert":[{"may":"milestones.summaries.write"}]}');

-- Which evaluation a sentence of a summary rests on.
create table milestones.summary_sources (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  summary_id uuid not null,
  subject_id uuid not null,
  ordinal int not null check (ordinal > 0),
  evaluation_id uuid not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, summary_id, ordinal, evaluation_id),
  foreign key (tenant_id, workspace_id, summary_id) references milestones.summaries (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, evaluation_id) references milestones.evaluations (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index summary_sources_of_evaluation on milestones.summary_sources (tenant_id, workspace_id, evaluation_id);
create index summary_sources_of_subject on milestones.summary_sources (tenant_id, workspace_id, subject_id);
create trigger never_changed before update or delete on milestones.summary_sources for each row execute function core.refuse_change();
select core.protect('milestones.summary_sources', '{"scope":"workspace", 
  "select":[{"may":"milestones.summaries.read"}, {"may":"milestones.summaries.write"}], "insert":[{"may":"milestones.summaries.write"}]}');

-- Something to look at, by a rule that has a name. After Insufficient Data a new flag follows the old one.
create table milestones.flags (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  period_id uuid not null,
  summary_id uuid not null,
  rule text not null check (rule ~ '^[a-z_]{3,40}$'),
  confidence text not null check (confidence in ('confident', 'insufficient')),
  evaluators int not null,
  comments int not null,
  content bytea not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  check (confidence = 'insufficient' or (evaluators >= 3 and comments >= 5)),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, period_id) references milestones.periods (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, summary_id) references milestones.summaries (tenant_id, workspace_id, id)
);
create index flags_of_subject on milestones.flags (tenant_id, workspace_id, subject_id);
create index flags_of_period on milestones.flags (tenant_id, workspace_id, period_id);
create index flags_of_summary on milestones.flags (tenant_id, workspace_id, summary_id);
create trigger never_changed before update or delete on milestones.flags for each row execute function core.refuse_change();
select core.protect('milestones.flags', '{"scope":"workspace", 
  "select":[{"may":"milestones.summaries.read"}, {"may":"milestones.summaries.write"}], "insert":[{"may":"milestones.summaries.write"}]}');

create table milestones.flag_evidence (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  flag_id uuid not null,
  subject_id uuid not null,
  evaluation_id uuid not null,
  speaks_for boolean not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, flag_id, evaluation_id),
  foreign key (tenant_id, workspace_id, flag_id) references milestones.flags (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, evaluation_id) references milestones.evaluations (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index flag_evidence_of_evaluation on milestones.flag_evidence (tenant_id, workspace_id, evaluation_id);
create index flag_evidence_of_subject on milestones.flag_evidence (tenant_id, workspace_id, subject_id);
create trigger never_changed before update or delete on milestones.flag_evidence for each row execute function core.refuse_change();
select core.protect('milestones.flag_evidence', '{"scope":"workspace", 
  "select":[{"may":"milestones.summaries.read"}, {"may":"milestones.summaries.write"}], "insert":[{"may":"milestones.summaries.write"}]}');

-- What the director says of a flag, each time with why. The newest counts; none is removed.
create table milestones.dispositions (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  flag_id uuid not null,
  subject_id uuid not null,
  ordinal int not null check (ordinal > 0),
  disposition text not null check (disposition in ('confirmed', 'not_confirmed', 'insufficient_data')),
  rationale bytea not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, flag_id, ordinal),
  foreign key (tenant_id, workspace_id, flag_id) references milestones.flags (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index dispositions_of_subject on milestones.dispositions (tenant_id, workspace_id, subject_id);
create trigger never_changed before update or delete on milestones.dispositions for each row execute function core.refuse_change();
select core.protect('milestones.dispositions', '{"scope":"workspace", 
  "select":[{"may":"milestones.summaries.read"}], "insert":[{"may":"milestones.summaries.dispose"}]}');

-- What followed from a confirmed flag.
create table milestones.flag_actions (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  flag_id uuid not null,
  subject_id uuid not null,
  action text not null check (action in ('ilp_goal', 'extra_observation', 'pip_draft', 'none')),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, flag_id) references milestones.flags (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index flag_actions_of_flag on milestones.flag_actions (tenant_id, workspace_id, flag_id);
create index flag_actions_of_subject on milestones.flag_actions (tenant_id, workspace_id, subject_id);
create trigger never_changed before update or delete on milestones.flag_actions for each row execute function core.refuse_change();
select core.protect('milestones.flag_actions', '{"scope":"workspace", 
  "select":[{"may":"milestones.summaries.read"}], "insert":[{"may":"milestones.summaries.dispose"}]}');

create function milestones.guard_source() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select from milestones.summaries s join milestones.evaluations e
                   on e.tenant_id = s.tenant_id and e.workspace_id = s.workspace_id and e.subject_id = s.subject_id and e.period_id = s.period_id
                 where s.tenant_id = new.tenant_id and s.workspace_id = new.workspace_id and s.id = new.summary_id
                   and s.subject_id = new.subject_id and e.id = new.evaluation_id and e.submitted_at is not null) then
    raise exception 'a sentence cites an evaluation of another trainee or period' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger guard_source before insert on milestones.summary_sources for each row execute function milestones.guard_source();

create function milestones.guard_evidence() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select from milestones.flags f join milestones.evaluations e
                   on e.tenant_id = f.tenant_id and e.workspace_id = f.workspace_id and e.subject_id = f.subject_id and e.period_id = f.period_id
                 where f.tenant_id = new.tenant_id and f.workspace_id = new.workspace_id and f.id = new.flag_id
                   and f.subject_id = new.subject_id and e.id = new.evaluation_id and e.submitted_at is not null) then
    raise exception 'a flag cites an evaluation of another trainee or period' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger guard_evidence before insert on milestones.flag_evidence for each row execute function milestones.guard_evidence();

create function milestones.guard_action() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if (select d.disposition from milestones.dispositions d
      where d.tenant_id = new.tenant_id and d.workspace_id = new.workspace_id and d.flag_id = new.flag_id
      order by d.ordinal desc limit 1) is distinct from 'confirmed' then
    raise exception 'a flag leads to nothing before it is confirmed' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger guard_action before insert on milestones.flag_actions for each row execute function milestones.guard_action();


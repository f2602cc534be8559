-- Individual learning plans: goals a trainee sets, the steps of a plan, check-ins, and how each goal ended.
--
-- All of it is rows that are never changed. A goal that is reworded while the plan is a draft is a new goal; the old one
-- ends as `replaced`. What people wrote lies sealed under the trainee's key. A draft is the trainee's alone.

create table milestones.plans (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  period_id uuid not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, subject_id, period_id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, period_id) references milestones.periods (tenant_id, workspace_id, id)
);
create index plans_of_period on milestones.plans (tenant_id, workspace_id, period_id);

create table milestones.plan_steps (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  plan_id uuid not null,
  subject_id uuid not null,
  ordinal int not null check (ordinal > 0),
  step text not null check (step in ('submitted', 'taken_up', 'returned', 'agreed', 'begun')),
  note bytea,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, plan_id, ordinal),     -- of two who act at once, one is told
  foreign key (tenant_id, workspace_id, plan_id) references milestones.plans (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index plan_steps_of_subject on milestones.plan_steps (tenant_id, workspace_id, subject_id);

create table milestones.goals (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  plan_id uuid not null,
  subject_id uuid not null,
  subcompetency_id uuid not null,
  carried_from uuid,                        -- the goal of an earlier plan that goes on here
  wording bytea not null,
  measure bytea,
  confidence smallint not null check (confidence between 1 and 10),
  due_on date not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, plan_id) references milestones.plans (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subcompetency_id) references milestones.subcompetencies (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, carried_from) references milestones.goals (tenant_id, workspace_id, id)
);
create index goals_of_plan on milestones.goals (tenant_id, workspace_id, plan_id);
create index goals_of_subject on milestones.goals (tenant_id, workspace_id, subject_id);
create index goals_of_subcompetency on milestones.goals (tenant_id, workspace_id, subcompetency_id);
create index goals_carried_from on milestones.goals (tenant_id, workspace_id, carried_from);

create table milestones.goal_endings (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  goal_id uuid not null,
  subject_id uuid not null,
  ending text not null check (ending in ('dropped', 'replaced', 'met', 'partly_met', 'not_met', 'carried_forward')),
  note bytea,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, goal_id),
  foreign key (tenant_id, workspace_id, goal_id) references milestones.goals (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index goal_endings_of_subject on milestones.goal_endings (tenant_id, workspace_id, subject_id);

create table milestones.check_ins (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  plan_id uuid not null,
  subject_id uuid not null,
  note bytea not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, plan_id) references milestones.plans (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index check_ins_of_plan on milestones.check_ins (tenant_id, workspace_id, plan_id);
create index check_ins_of_subject on milestones.check_ins (tenant_id, workspace_id, subject_id);

create table milestones.check_in_reminders (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  plan_id uuid not null,
  subject_id uuid not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, plan_id) references milestones.plans (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index check_in_reminders_of_plan on milestones.check_in_reminders (tenant_id, workspace_id, plan_id);
create index check_in_reminders_of_subject on milestones.check_in_reminders (tenant_id, workspace_id, subject_id);

-- Whoever may write a plan's rows sees all of its steps, so these run with his own eyes.
create function milestones.last_plan_step(tenant uuid, workspace uuid, plan uuid) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
  select s.step from milestones.plan_steps s
  where s.tenant_id = tenant and s.workspace_id = workspace and s.plan_id = plan
  order by s.ordinal desc limit 1
$$;

create function milestones.keep_plan_order() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare last text := coalesce(milestones.last_plan_step(new.tenant_id, new.workspace_id, new.plan_id), 'draft');
begin
  if (last, new.step) not in (('draft', 'submitted'), ('returned', 'submitted'), ('submitted', 'taken_up'),
      ('taken_up', 'returned'), ('taken_up', 'agreed'), ('agreed', 'begun')) then
    raise exception 'a plan does not go from % to %', last, new.step using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep_order before insert on milestones.plan_steps for each row execute function milestones.keep_plan_order();

create function milestones.keep_agreed_goals() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if coalesce(milestones.last_plan_step(new.tenant_id, new.workspace_id, new.plan_id), 'returned') <> 'returned' then
    raise exception 'goals are added while the plan is a draft' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep_agreed before insert on milestones.goals for each row execute function milestones.keep_agreed_goals();

create function milestones.keep_goal_ending() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare last text := (select coalesce(milestones.last_plan_step(g.tenant_id, g.workspace_id, g.plan_id), 'returned') from milestones.goals g
  where g.tenant_id = new.tenant_id and g.workspace_id = new.workspace_id and g.id = new.goal_id);
begin
  if (case when new.ending in ('dropped', 'replaced') then last = 'returned' else last = 'begun' end) is not true then
    raise exception 'a goal does not end as % now', new.ending using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep_ending before insert on milestones.goal_endings for each row execute function milestones.keep_goal_ending();

create function milestones.keep_check_in() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if milestones.last_plan_step(new.tenant_id, new.workspace_id, new.plan_id) is distinct from 'begun' then
    raise exception 'check-ins belong to an active plan' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep_check_in before insert on milestones.check_ins for each row execute function milestones.keep_check_in();

do $$
declare t text;
begin
  foreach t in array array['plans', 'plan_steps', 'goals', 'goal_endings', 'check_ins', 'check_in_reminders'] loop
    execute format('create trigger never_changed before update or delete on milestones.%I for each row execute function core.refuse_change()', t);
  end loop;
end $$;

-- ── Who reaches what ────────────────────────────────────────────────────────────────────────────────────────────────

select core.protect('milestones.plan_steps', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"milestones.plans.read"}],
  "insert":[{"may":"milestones.plans.write", "when":"step in (''submitted'', ''begun'')"},
            {"may":"milestones.plans.review", "when":"step in (''taken_up'', ''returned'', ''agreed'')"}]}');
select core.protect('milestones.plans', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"milestones.plans.write"},
            {"may":"milestones.plans.read", "when":"id in (select plan_id from milestones.plan_steps)"}],
  "insert":[{"may":"milestones.plans.write"}]}');
select core.protect('milestones.goals', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"milestones.plans.write"},
            {"may":"milestones.plans.read", "when":"plan_id in (select plan_id from milestones.plan_steps)"}],
  "insert":[{"may":"milestones.plans.write"}]}');
select core.protect('milestones.goal_endings', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"milestones.plans.read"}],
  "insert":[{"may":"milestones.plans.write", "when":"ending in (''dropped'', ''replaced'')"},
            {"may":"milestones.plans.review", "when":"ending in (''met'', ''partly_met'', ''not_met'', ''carried_forward'')"}]}');
select core.protect('milestones.check_ins', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"milestones.plans.read"}], "insert":[{"may":"milestones.plans.review"}]}');
select core.protect('milestones.check_in_reminders', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"milestones.plans.read"}], "insert":[{"may":"milestones.plans.remind"}]}');

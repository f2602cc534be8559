-- What somebody has to do in a study by a day: given by a colleague, or by a rule when something happens. A title goes into
-- calendars and mails, so it names nobody; whom it is about is a link into the screening log, which has its own walls.

create table studies.task_rules (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  event text not null check (length(event) between 1 and 40),
  title text not null check (length(title) between 1 and 200),
  days int not null check (days between 0 and 3650),
  person_id uuid,                            -- null: whoever did it
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id),
  foreign key (tenant_id, person_id) references core.persons (tenant_id, id)
);
create index task_rules_of_person on studies.task_rules (tenant_id, person_id);
create table studies.task_rule_ends (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  rule_id uuid not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, rule_id),
  foreign key (tenant_id, workspace_id, rule_id) references studies.task_rules (tenant_id, workspace_id, id)
);

create table studies.tasks (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  person_id uuid not null,
  title text not null check (length(title) between 1 and 200),
  due_on date not null,
  rule_id uuid,
  cause_id uuid,                             -- the row that made it: a rule makes one task of it, however often it is told
  screening_id uuid,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, rule_id, cause_id),
  check ((rule_id is null) = (cause_id is null)),
  foreign key (tenant_id, person_id) references core.persons (tenant_id, id),
  foreign key (tenant_id, workspace_id, rule_id) references studies.task_rules (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, screening_id) references studies.screenings (tenant_id, workspace_id, id)
);
create index tasks_of_person on studies.tasks (tenant_id, workspace_id, person_id, due_on);
create index tasks_by_person on studies.tasks (tenant_id, person_id);
create index tasks_of_screening on studies.tasks (tenant_id, workspace_id, screening_id);
create table studies.task_ends (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  task_id uuid not null,
  person_id uuid not null,
  how text not null check (how in ('done', 'dropped')),
  reason text not null default '' check (length(reason) <= 500),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, task_id),
  check (how = 'done' or reason <> ''),
  foreign key (tenant_id, workspace_id, task_id) references studies.tasks (tenant_id, workspace_id, id),
  foreign key (tenant_id, person_id) references core.persons (tenant_id, id)
);
create index task_ends_of_person on studies.task_ends (tenant_id, person_id);
-- Its end is that of its own person's task, so that the walls can ask.
create function studies.keep_task_end() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select from studies.tasks t where t.tenant_id = new.tenant_id and t.workspace_id = new.workspace_id
      and t.id = new.task_id and t.person_id = new.person_id) then
    raise exception 'the end of a task belongs to its task' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep_end before insert on studies.task_ends for each row execute function studies.keep_task_end();

-- Letters: a text with words in braces. Each save is a row; the newest of a key is in use.
create table studies.letter_texts (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  key uuid not null,
  revision int not null check (revision > 0),
  title text not null check (length(title) between 1 and 200),
  body text not null check (length(body) between 1 and 10000),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, key, revision),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id)
);

do $$
declare t text;
begin
  foreach t in array array['task_rules', 'task_rule_ends', 'tasks', 'task_ends', 'letter_texts'] loop
    execute format('create trigger never_changed before update or delete on studies.%I for each row execute function core.refuse_change()', t);
  end loop;
end $$;
select core.protect('studies.task_rules', '{"scope":"workspace",
  "select":[{"may":"studies.tasks.read"}], "insert":[{"may":"studies.tasks.rules"}]}');
select core.protect('studies.task_rule_ends', '{"scope":"workspace",
  "select":[{"may":"studies.tasks.read"}], "insert":[{"may":"studies.tasks.rules"}]}');
select core.protect('studies.tasks', '{"scope":"workspace", "mine":"person_id",
  "select":[{"may":"studies.tasks.read"}, {"may":"studies.tasks.own"}],
  "insert":[{"may":"studies.tasks.give"}, {"may":"studies.tasks.own"}]}');
select core.protect('studies.task_ends', '{"scope":"workspace", "mine":"person_id",
  "select":[{"may":"studies.tasks.read"}, {"may":"studies.tasks.own"}],
  "insert":[{"may":"studies.tasks.give"}, {"may":"studies.tasks.own"}]}');
select core.protect('studies.letter_texts', '{"scope":"workspace",
  "select":[{"may":"studies.letters.read"}], "insert":[{"may":"studies.letters.write"}]}');

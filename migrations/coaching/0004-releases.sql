-- A release of the machine: a version of the rules, or a prompt with a model. None goes out that was not tried at the gate
-- and passed there, measured by what is in force now; the database asks, and only the machinery writes what the gate found.

-- The service's own words in the instructions; the house's stand around them. `sha256` is over both.
create table coaching.prompts (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  version text not null check (length(version) between 1 and 60),
  words text not null check (length(words) <= 2000),
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  reason text not null check (length(reason) between 1 and 500),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, version),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id)
);

-- A prompt with a model under trial: each case is a question of its own, so it takes minutes.
create table coaching.trials (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  prompt_id uuid not null,
  provider_id uuid not null,
  model text not null check (length(model) <= 200),
  candidate_sha256 text not null check (candidate_sha256 ~ '^[0-9a-f]{64}$'),
  cases int not null check (cases > 0),
  answered int not null default 0,
  status text not null default 'running' check (status in ('running', 'judged', 'given-up')),
  why text check (length(why) <= 300),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, prompt_id) references coaching.prompts (tenant_id, workspace_id, id),
  foreign key (tenant_id, provider_id) references core.providers (tenant_id, id)
);
create index trials_by_prompt_id on coaching.trials (tenant_id, workspace_id, prompt_id);
create index trials_by_provider_id on coaching.trials (tenant_id, provider_id);
create unique index trials_one_runs on coaching.trials (tenant_id, workspace_id) where status = 'running';

-- What is asked, and what came of it: how urgent the model found it, never its words. `floor`: what it must not fall under.
create table coaching.trial_cases (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  trial_id uuid not null,
  place int not null check (place > 0),
  subject_id uuid,
  message_id uuid,   -- a past message; else one of the red-team set
  key text,
  by_rules text not null,
  floor text not null,
  own text,
  needs_person boolean,
  faults text[] not null default '{}',
  answer text check (answer in ('read', 'filtered', 'unreadable', 'none')),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, trial_id, place),
  check ((message_id is null) = (key is not null) and (message_id is null) = (subject_id is null)),
  foreign key (tenant_id, workspace_id, trial_id) references coaching.trials (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, message_id) references coaching.messages (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index trial_cases_of_subject on coaching.trial_cases (tenant_id, workspace_id, subject_id);
create index trial_cases_by_message_id on coaching.trial_cases (tenant_id, workspace_id, message_id);

-- What a run of the gate was measured by, so that a run of yesterday releases nothing today.
alter table coaching.gate_runs
  add column kind text not null default 'rules' check (kind in ('rules', 'voice')),
  add column base text not null default '',   -- rules: the hash of the set in force; voice: the signature in force; '' for none
  add column prompt_id uuid,
  add column provider_id uuid,
  add column model text,
  add column trial_id uuid,
  add column figures jsonb not null default '{}',
  add check ((kind = 'voice') = (prompt_id is not null and provider_id is not null and model is not null and trial_id is not null)),
  add check (not passed or lowered = '[]'),
  add foreign key (tenant_id, workspace_id, prompt_id) references coaching.prompts (tenant_id, workspace_id, id),
  add foreign key (tenant_id, provider_id) references core.providers (tenant_id, id),
  add foreign key (tenant_id, workspace_id, trial_id) references coaching.trials (tenant_id, workspace_id, id);
create index gate_runs_by_prompt_id on coaching.gate_runs (tenant_id, workspace_id, prompt_id);
create index gate_runs_by_provider_id on coaching.gate_runs (tenant_id, provider_id);
create index gate_runs_by_trial_id on coaching.gate_runs (tenant_id, workspace_id, trial_id);
create index gate_runs_of_candidate on coaching.gate_runs (tenant_id, workspace_id, candidate_sha256, made_at desc);

-- Which prompt and model speak: the newest signature, while prompt and provider are what they were.
create table coaching.voices (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  gate_run_id uuid not null,
  prompt_id uuid not null,
  provider_id uuid not null,
  model text not null,
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  name text not null,
  credentials text not null check (length(credentials) between 1 and 80),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, gate_run_id) references coaching.gate_runs (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, prompt_id) references coaching.prompts (tenant_id, workspace_id, id),
  foreign key (tenant_id, provider_id) references core.providers (tenant_id, id)
);
create index voices_by_gate_run_id on coaching.voices (tenant_id, workspace_id, gate_run_id);
create index voices_by_prompt_id on coaching.voices (tenant_id, workspace_id, prompt_id);
create index voices_by_provider_id on coaching.voices (tenant_id, provider_id);
create index voices_newest on coaching.voices (tenant_id, workspace_id, made_at desc);

alter table coaching.drafts add column voice_id uuid,
  add foreign key (tenant_id, workspace_id, voice_id) references coaching.voices (tenant_id, workspace_id, id);
create index drafts_by_voice_id on coaching.drafts (tenant_id, workspace_id, voice_id);

do $$
declare t text;
begin
  foreach t in array array['prompts', 'voices'] loop
    execute format('create trigger never_changed before update or delete on coaching.%I for each row execute function core.refuse_change()', t);
  end loop;
end $$;

-- A trial ends once, and a case is answered once.
create function coaching.keep_trial() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op = 'DELETE' or old.status <> 'running' or new.answered < old.answered
    or (new.prompt_id, new.provider_id, new.model, new.candidate_sha256, new.cases) is distinct from
       (old.prompt_id, old.provider_id, old.model, old.candidate_sha256, old.cases) then
    raise exception 'a trial ends once, and tries what it began with' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep before update or delete on coaching.trials for each row execute function coaching.keep_trial();
create function coaching.keep_trial_case() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op = 'DELETE' or old.answer is not null
    or (new.trial_id, new.place, new.message_id, new.key, new.by_rules, new.floor) is distinct from
       (old.trial_id, old.place, old.message_id, old.key, old.by_rules, old.floor) then
    raise exception 'a case is answered once' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep before update or delete on coaching.trial_cases for each row execute function coaching.keep_trial_case();

-- The gate: the newest run of exactly this version passed, and was measured by what is in force at this moment.
create function coaching.release_rules() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  run coaching.gate_runs;
begin
  perform 1 from coaching.rule_sets s where s.tenant_id = new.tenant_id and s.workspace_id = new.workspace_id
    and s.id = new.rule_set_id and s.sha256 = new.sha256;
  if not found then raise exception 'what is signed is not what was proposed' using errcode = '42501'; end if;
  select * into run from coaching.gate_runs g where g.tenant_id = new.tenant_id and g.workspace_id = new.workspace_id
    and g.kind = 'rules' and g.candidate_sha256 = new.sha256 order by g.made_at desc limit 1;
  if run.passed is distinct from true or run.base is distinct from coalesce((select s.sha256 from coaching.rule_signatures s
    where s.tenant_id = new.tenant_id and s.workspace_id = new.workspace_id order by s.made_at desc limit 1), '') then
    raise exception 'the release gate has not passed these rules' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger release before insert on coaching.rule_signatures for each row execute function coaching.release_rules();

create function coaching.release_voice() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  run coaching.gate_runs;
begin
  select * into run from coaching.gate_runs g where g.tenant_id = new.tenant_id and g.workspace_id = new.workspace_id
    and g.kind = 'voice' and g.candidate_sha256 = new.sha256 order by g.made_at desc limit 1;
  if run.passed is distinct from true
    or (run.id, run.prompt_id, run.provider_id, run.model) is distinct from (new.gate_run_id, new.prompt_id, new.provider_id, new.model)
    or run.base is distinct from coalesce((select v.id::text from coaching.voices v
      where v.tenant_id = new.tenant_id and v.workspace_id = new.workspace_id order by v.made_at desc limit 1), '') then
    raise exception 'the release gate has not passed this prompt with this model' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger release before insert on coaching.voices for each row execute function coaching.release_voice();

-- Nothing that a model wrote is kept, and so nothing of it is sent, but by the voice in force.
create function coaching.speak_released() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if new.voice_id is distinct from (select v.id from coaching.voices v
    where v.tenant_id = new.tenant_id and v.workspace_id = new.workspace_id order by v.made_at desc limit 1)
    or new.voice_id is null then
    raise exception 'no prompt and model are released that could have written this' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger release before insert on coaching.drafts for each row execute function coaching.speak_released();

select core.protect('coaching.prompts', '{"scope":"workspace",
  "select":[{"may":"coaching.rules.read"}, {"may":"coaching.work"}], "insert":[{"may":"coaching.rules.write"}]}');
select core.protect('coaching.trials', '{"scope":"workspace",
  "select":[{"may":"coaching.rules.read"}, {"may":"coaching.work"}],
  "insert":[{"may":"coaching.work"}], "update":[{"may":"coaching.work"}]}');
select core.protect('coaching.trial_cases', '{"scope":"workspace",
  "select":[{"may":"coaching.work"}], "insert":[{"may":"coaching.work"}], "update":[{"may":"coaching.work"}]}');
select core.protect('coaching.voices', '{"scope":"workspace",
  "select":[{"may":"coaching.rules.read"}, {"may":"coaching.work"}], "insert":[{"may":"coaching.rules.sign"}]}');

-- What the gate found is written by the machinery alone: no person, whatever his role, can say that a version passed.
drop policy reach_select on coaching.gate_runs;
drop policy reach_insert on coaching.gate_runs;
create policy reach_select on coaching.gate_runs for select to :app
  using ((select core.reaches('coaching.rules.read')) or (select core.reaches('coaching.work')));
create policy reach_insert on coaching.gate_runs for insert to :app with check ((select core.reaches('coaching.work')));

-- Participants answer forms themselves, by a link of their own. A link that was sent shows that a form waits, and nothing
-- more: answers are reached only by the link that was made when the form was begun, or when its resume code was given.

-- How a participant is asked. The address itself lies in the identity, sealed under the participant's key.
create table studies.survey_contacts (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  site_id uuid,
  channel text not null default 'none' check (channel in ('none', 'email', 'text')),
  language text not null default 'en' check (language ~ '^[a-z]{2}$'),
  opted_out_at timestamptz,
  opted_out_by text check (opted_out_by in ('the participant', 'the study team')),
  changed_at timestamptz not null default clock_timestamp(),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, subject_id),
  check ((opted_out_at is null) = (opted_out_by is null)),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);

create table studies.surveys (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  site_id uuid,
  event text not null check (length(event) between 1 and 200),
  event_key text not null default '' check (length(event_key) <= 60),
  form text not null check (length(form) between 1 and 200),
  form_key text not null default '' check (length(form_key) <= 60),
  version_id uuid not null,
  due_on date not null,
  -- The last day on which it takes answers.
  closes_on date not null,
  sends int not null default 0,
  sent_at timestamptz,
  opened_at timestamptz,
  -- Sealed under the participant's key; opened for the participant and for nobody on the staff.
  code bytea,
  tries int not null default 0,
  shut_until timestamptz,
  -- The one link by which its answers are reached now.
  link_id uuid,
  answered_at timestamptz,
  withdrawn_at timestamptz,
  withdrawn_by uuid,
  withdrawn_reason text not null default '' check (length(withdrawn_reason) <= 1000),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  check (answered_at is null or withdrawn_at is null),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, version_id) references studies.versions (tenant_id, workspace_id, id)
);
create unique index surveys_of_place on studies.surveys (tenant_id, workspace_id, subject_id, event, event_key, form, form_key) where withdrawn_at is null;
create index surveys_open on studies.surveys (tenant_id, workspace_id, closes_on) where answered_at is null and withdrawn_at is null;
create index surveys_of_version on studies.surveys (tenant_id, workspace_id, version_id);

-- Every message that was to go out, and what became of it.
create table studies.survey_messages (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  survey_id uuid not null,
  kind text not null check (kind in ('invitation', 'reminder', 'code')),
  channel text not null check (channel in ('email', 'text')),
  state text not null default 'queued' check (state in ('queued', 'sending', 'sent', 'failed')),
  problem text not null default '' check (length(problem) <= 400),
  changed_at timestamptz not null default clock_timestamp(),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, survey_id) references studies.surveys (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index survey_messages_of_survey on studies.survey_messages (tenant_id, workspace_id, survey_id, made_at);
create index survey_messages_queued on studies.survey_messages (tenant_id, workspace_id, made_at) where state in ('queued', 'sending');

create index survey_messages_of_subject on studies.survey_messages (tenant_id, workspace_id, subject_id);

create function studies.keep_survey() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if (new.tenant_id, new.workspace_id, new.id, new.subject_id, new.event, new.event_key, new.form, new.form_key, new.made_by)
     is distinct from
     (old.tenant_id, old.workspace_id, old.id, old.subject_id, old.event, old.event_key, old.form, old.form_key, old.made_by) then
    raise exception 'a survey stays with its participant and visit' using errcode = '42501';
  end if;
  if old.answered_at is not null or old.withdrawn_at is not null then
    raise exception 'a survey that is answered or withdrawn stays so' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep_survey before update on studies.surveys for each row execute function studies.keep_survey();

select core.protect('studies.survey_contacts', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"studies.progress.read"}, {"may":"studies.surveys.answer"}],
  "insert":[{"may":"studies.surveys.send"}], "update":[{"may":"studies.surveys.send"}, {"may":"studies.surveys.answer"}]}');
select core.protect('studies.surveys', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"studies.progress.read"}, {"may":"studies.surveys.answer"}],
  "insert":[{"may":"studies.surveys.send"}], "update":[{"may":"studies.surveys.send"}, {"may":"studies.surveys.answer"}]}');
select core.protect('studies.survey_messages', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"studies.progress.read"}, {"may":"studies.surveys.answer"}],
  "insert":[{"may":"studies.surveys.send"}, {"may":"studies.surveys.answer", "when":"kind = ''code''"}],
  "update":[{"may":"studies.surveys.send"}]}');

-- Forms whose answers this very link may see and change: begun by it, not answered yet, not withdrawn, not over. A day of
-- grace at the end, for those who live west of the database.
create function studies.sheets_at_link() returns setof uuid language sql stable set search_path = pg_catalog, pg_temp as $$
  select s.id from studies.sheets s
  join studies.surveys v on v.tenant_id = s.tenant_id and v.workspace_id = s.workspace_id and v.subject_id = s.subject_id
    and v.event = s.event and v.event_key = s.event_key and v.form = s.form and v.form_key = s.form_key
  where v.tenant_id = core.tenant() and v.workspace_id = core.workspace() and v.subject_id = core.actor()
    and v.link_id = core.link() and v.answered_at is null and v.withdrawn_at is null
    and v.closes_on >= (clock_timestamp() at time zone 'UTC')::date - 1
$$;
revoke execute on function studies.sheets_at_link() from public;
grant execute on function studies.sheets_at_link() to :app;
create policy wall_survey_link on studies.field_values as restrictive for all to :app
  using ((select core.actor_kind()) is distinct from 'subject' or sheet_id in (select studies.sheets_at_link()))
  with check ((select core.actor_kind()) is distinct from 'subject' or sheet_id in (select studies.sheets_at_link()));

-- What the form computes from the participant's answers belongs to them.
create policy reach_select_survey on studies.field_values for select to :app
  using (source = 'calculation' and not blinded and subject_id in (select core.reach_subjects('studies.surveys.answer')));
create policy reach_insert_survey on studies.field_values for insert to :app
  with check (source = 'calculation' and not blinded and subject_id in (select core.reach_subjects('studies.surveys.answer')));
create policy reach_update_survey on studies.field_values for update to :app
  using (source = 'calculation' and not blinded and subject_id in (select core.reach_subjects('studies.surveys.answer')))
  with check (source = 'calculation' and not blinded and subject_id in (select core.reach_subjects('studies.surveys.answer')));
-- A check that the participant confirmed becomes a query for the study team; the participant reads none.
create policy reach_insert_survey on studies.queries for insert to :app
  with check (kind = 'check' and not blinded and subject_id in (select core.reach_subjects('studies.surveys.answer')));
create policy reach_select_survey on studies.queries for select to :app
  using (kind = 'check' and not blinded and made_by = (select core.actor()) and subject_id in (select core.reach_subjects('studies.surveys.answer')));
create policy reach_insert_survey on studies.query_messages for insert to :app
  with check (not blinded and subject_id in (select core.reach_subjects('studies.surveys.answer')));
create policy reach_select_survey on studies.query_messages for select to :app
  using (not blinded and made_by = (select core.actor()) and subject_id in (select core.reach_subjects('studies.surveys.answer')));

-- The forms are found by their keys, once (0020), and know everybody who wrote on them (0030).
create or replace function studies.count_revision() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  update studies.sheets s set revision = s.revision + 1,
    hands = case when core.actor() is null or core.actor() = any (s.hands) then s.hands else s.hands || core.actor() end
  where s.tenant_id = any (array(select distinct tenant_id from changed))
    and s.workspace_id = any (array(select distinct workspace_id from changed))
    and s.id = any (array(select distinct sheet_id from changed));
  return null;
end $$;

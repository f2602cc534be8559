-- Deviations from the protocol (ICH E6(R3) 2.5.4 and 3.9.2): each save is a version that stands, whom it was told to and the
-- investigator's review are marks on a version. Of a participant, of a site, or of the study as a whole.

create table studies.deviations (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid,
  site_id uuid,                              -- null: the study as a whole
  number int not null check (number > 0),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, number),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, site_id) references core.sites (tenant_id, workspace_id, id)
);
create index deviations_of_subject on studies.deviations (tenant_id, workspace_id, subject_id);
create index deviations_of_site on studies.deviations (tenant_id, workspace_id, site_id);

create table studies.deviation_versions (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  deviation_id uuid not null,
  subject_id uuid,
  site_id uuid,
  version int not null check (version > 0),
  title text not null check (length(title) between 1 and 200),
  category text not null check (length(category) between 1 and 40),
  severity text not null check (severity in ('minor', 'important', 'serious-breach')),
  happened_on date not null,
  discovered_on date not null check (discovered_on >= happened_on),
  words bytea,                               -- sealed: what happened, and why
  action bytea,                              -- sealed: what is done about it, and against the next one
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, deviation_id, version),    -- of two who write at once, one is told
  foreign key (tenant_id, workspace_id, deviation_id) references studies.deviations (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, site_id) references core.sites (tenant_id, workspace_id, id)
);
create index deviation_versions_of_subject on studies.deviation_versions (tenant_id, workspace_id, subject_id);
create index deviation_versions_of_site on studies.deviation_versions (tenant_id, workspace_id, site_id);

create table studies.deviation_marks (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  deviation_id uuid not null,
  subject_id uuid,
  site_id uuid,
  version int not null,
  mark text not null check (mark in ('sponsor', 'ethics committee', 'authority', 'reviewed')),
  on_day date not null,
  note text not null default '' check (length(note) <= 500),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, deviation_id, version, mark),
  foreign key (tenant_id, workspace_id, deviation_id, version)
    references studies.deviation_versions (tenant_id, workspace_id, deviation_id, version),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, site_id) references core.sites (tenant_id, workspace_id, id)
);
create index deviation_marks_of_subject on studies.deviation_marks (tenant_id, workspace_id, subject_id);
create index deviation_marks_of_site on studies.deviation_marks (tenant_id, workspace_id, site_id);

-- Versions and marks lie where their deviation lies, and the day it was found out, from which clocks run, is not moved on.
create function studies.keep_deviation() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare parent record;
begin
  select d.subject_id, d.site_id into parent from studies.deviations d
  where d.tenant_id = new.tenant_id and d.workspace_id = new.workspace_id and d.id = new.deviation_id;
  if parent.subject_id is distinct from new.subject_id or parent.site_id is distinct from new.site_id then
    raise exception 'it belongs to its deviation' using errcode = '42501';
  end if;
  if tg_table_name = 'deviation_versions' then
    if new.discovered_on > (select min(v.discovered_on) from studies.deviation_versions v
        where v.tenant_id = new.tenant_id and v.workspace_id = new.workspace_id and v.deviation_id = new.deviation_id) then
      raise exception 'the day a deviation was found out is not moved on' using errcode = '42501';
    end if;
  end if;
  return new;
end $$;
create trigger keep_version before insert on studies.deviation_versions for each row execute function studies.keep_deviation();
create trigger keep_mark before insert on studies.deviation_marks for each row execute function studies.keep_deviation();

do $$
declare t text;
begin
  foreach t in array array['deviations', 'deviation_versions', 'deviation_marks'] loop
    execute format('create trigger never_changed before update or delete on studies.%I for each row execute function core.refuse_change()', t);
  end loop;
  foreach t in array array['deviations', 'deviation_versions'] loop
    execute format($f$select core.protect('studies.%I', '{"scope":"workspace", "site":"site_id",
      "select":[{"may":"studies.deviations.read"}], "insert":[{"may":"studies.deviations.write"}]}')$f$, t);
  end loop;
end $$;
select core.protect('studies.deviation_marks', '{"scope":"workspace", "site":"site_id",
  "select":[{"may":"studies.deviations.read"}],
  "insert":[{"may":"studies.deviations.write"}, {"may":"studies.deviations.review"}]}');
-- A review is the investigator's: whoever writes deviations does not review them by that.
create policy wall_review on studies.deviation_marks as restrictive for insert to :app
  with check (mark <> 'reviewed' or (select core.reaches('studies.deviations.review'))
    or site_id in (select core.reach_sites('studies.deviations.review')));

-- Who was reminded on which day: a day's mail goes out once, however often the job of the day is begun.
create table studies.reminders (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  person_id uuid not null,
  on_day date not null,
  things int not null check (things > 0),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, on_day, person_id),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id),
  foreign key (tenant_id, person_id) references core.persons (tenant_id, id)
);
create index reminders_of_person on studies.reminders (tenant_id, person_id);
create trigger never_changed before update or delete on studies.reminders for each row execute function core.refuse_change();
select core.protect('studies.reminders', '{"scope":"workspace",
  "select":[{"may":"studies.tasks.read"}], "insert":[{"may":"studies.tasks.give"}]}');

-- The clock of a serious event runs from when the team learnt that it is serious: an event that becomes serious by a later
-- version has its clock from then; one that was serious keeps its own, which nobody moves on.
create or replace function studies.keep_event_version() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare parent record; running timestamptz; aware timestamptz;
begin
  select e.subject_id, e.site_id into parent from studies.adverse_events e
  where e.tenant_id = new.tenant_id and e.workspace_id = new.workspace_id and e.id = new.event_id;
  if parent.subject_id is distinct from new.subject_id or parent.site_id is distinct from new.site_id then
    raise exception 'a version belongs to its event' using errcode = '42501';
  end if;
  select min(v.aware_at) filter (where cardinality(v.criteria) > 0), min(v.aware_at) into running, aware
  from studies.event_versions v
  where v.tenant_id = new.tenant_id and v.workspace_id = new.workspace_id and v.event_id = new.event_id;
  if new.aware_at > coalesce(running, case when cardinality(new.criteria) = 0 then aware end) then
    raise exception 'the clock of an event is not moved on' using errcode = '42501';
  end if;
  return new;
end $$;

-- What somebody's day looks for in a study, which kinds of rows there are at all: so that fifty studies in which nothing
-- waits cost fifty short answers, and not eight walls each. Words, never a row; of the place the transaction stands in alone.
do $$
declare t text;
begin
  foreach t in array array['tasks', 'adverse_events', 'deviations', 'screenings', 'queries', 'sheets'] loop
    execute format('create policy keeper on studies.%I for select to :keeper using (true)', t);
    execute format('grant select on studies.%I to :keeper', t);
  end loop;
end $$;
grant create on schema studies to :keeper;
create function studies.kinds_here() returns text[]
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
  here uuid := core.tenant();
  place uuid := core.workspace();
  kinds text[] := '{}';
begin
  if exists (select from studies.delegations r where r.tenant_id = here and r.workspace_id = place) then kinds := kinds || 'delegations'::text; end if;
  if exists (select from studies.tasks r where r.tenant_id = here and r.workspace_id = place) then kinds := kinds || 'tasks'::text; end if;
  if exists (select from studies.approval_requests r where r.tenant_id = here and r.workspace_id = place) then kinds := kinds || 'approvals'::text; end if;
  if exists (select from studies.adverse_events r where r.tenant_id = here and r.workspace_id = place) then kinds := kinds || 'events'::text; end if;
  if exists (select from studies.deviations r where r.tenant_id = here and r.workspace_id = place) then kinds := kinds || 'deviations'::text; end if;
  if exists (select from studies.screenings r where r.tenant_id = here and r.workspace_id = place) then kinds := kinds || 'screenings'::text; end if;
  if exists (select from studies.documents r where r.tenant_id = here and r.workspace_id = place) then kinds := kinds || 'documents'::text; end if;
  if exists (select from studies.queries r where r.tenant_id = here and r.workspace_id = place) then kinds := kinds || 'queries'::text; end if;
  if exists (select from studies.sheets r where r.tenant_id = here and r.workspace_id = place) then kinds := kinds || 'sheets'::text; end if;
  return kinds;
end $$;
revoke execute on function studies.kinds_here() from public;
grant execute on function studies.kinds_here() to :app;
alter function studies.kinds_here() owner to :keeper;
revoke create on schema studies from :keeper;

-- The newest change first, and on from any row of it; who asked to be contacted, without a walk over everybody.
drop index studies.screenings_by_time;
create index screenings_by_time on studies.screenings (tenant_id, workspace_id, changed_at desc, id desc);
create index screenings_asked on studies.screenings (tenant_id, workspace_id, made_at) where contact_consent is not null and stage = 'identified';

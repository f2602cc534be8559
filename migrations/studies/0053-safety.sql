-- Adverse events: what happened, whether it is serious, and the clock from the moment somebody of the team learnt of it.
-- A report is a version: what was told is never rewritten, a follow-up is the next version (ICH E2A, E6(R3) 2.7.2).

create table studies.adverse_events (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  site_id uuid,
  number int not null check (number > 0),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, number),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, site_id) references core.sites (tenant_id, workspace_id, id)
);
create index adverse_events_of_subject on studies.adverse_events (tenant_id, workspace_id, subject_id);
create index adverse_events_of_site on studies.adverse_events (tenant_id, workspace_id, site_id);

create table studies.event_versions (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  event_id uuid not null,
  subject_id uuid not null,
  site_id uuid,
  version int not null check (version > 0),
  term text not null check (length(term) between 1 and 200),
  onset_on date not null,
  ended_on date check (ended_on >= onset_on),
  aware_at timestamptz not null,
  severity text not null check (severity in ('mild', 'moderate', 'severe')),
  criteria text[] not null,
  related text not null check (related in ('unrelated', 'unlikely', 'possible', 'probable', 'definite')),
  expected boolean not null,
  outcome text not null check (outcome in ('recovering', 'recovered', 'with-sequelae', 'not-recovered', 'fatal', 'unknown')),
  narrative bytea,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, event_id, version),    -- of two who write at once, one is told
  foreign key (tenant_id, workspace_id, event_id) references studies.adverse_events (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index event_versions_of_subject on studies.event_versions (tenant_id, workspace_id, subject_id);

create table studies.event_reports (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  event_id uuid not null,
  subject_id uuid not null,
  site_id uuid,
  version int not null,
  told_to text not null check (told_to in ('sponsor', 'ethics committee', 'authority')),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, event_id, version, told_to),
  foreign key (tenant_id, workspace_id, event_id, version) references studies.event_versions (tenant_id, workspace_id, event_id, version),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index event_reports_of_subject on studies.event_reports (tenant_id, workspace_id, subject_id);

-- The moment of awareness is when it was: a later version does not move the clock.
create function studies.keep_event_version() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare first record;
begin
  select v.aware_at, e.subject_id, e.site_id into first from studies.adverse_events e
  left join studies.event_versions v on v.tenant_id = e.tenant_id and v.workspace_id = e.workspace_id and v.event_id = e.id and v.version = 1
  where e.tenant_id = new.tenant_id and e.workspace_id = new.workspace_id and e.id = new.event_id;
  if first.subject_id is distinct from new.subject_id or first.site_id is distinct from new.site_id then
    raise exception 'a version belongs to its event' using errcode = '42501';
  end if;
  if first.aware_at is not null and new.aware_at > first.aware_at then
    raise exception 'the clock of an event is not moved on' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep_version before insert on studies.event_versions for each row execute function studies.keep_event_version();

do $$
declare t text;
begin
  foreach t in array array['adverse_events', 'event_versions', 'event_reports'] loop
    execute format('create trigger never_changed before update or delete on studies.%I for each row execute function core.refuse_change()', t);
    execute format($f$select core.protect('studies.%I', '{"scope":"workspace", "site":"site_id",
      "select":[{"may":"studies.safety.read"}], "insert":[{"may":"studies.safety.write"}]}')$f$, t);
  end loop;
end $$;

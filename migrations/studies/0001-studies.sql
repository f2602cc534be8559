-- Studies: what is asked (drafts, published versions, where each is in force) and what was answered.
--
-- One row holds one answer as it stands; what it said before lies in value_history, written by the database itself with
-- every change. Keys that do not repeat hold '' and not null, so that a place is unique. Everything about a participant
-- is reached through the participant, so a transfer between sites takes the rights along; site_id says where a row was
-- made. A value of a blinded field carries the mark itself: whoever may not see the allocation does not see the row.

create schema studies;
grant usage on schema studies to :app, :backup;

-- ── What is asked ───────────────────────────────────────────────────────────────────────────────────────────────────

create table studies.drafts (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  title text not null check (length(title) between 1 and 200),
  based_on uuid,
  build jsonb not null,
  revision int not null default 1 check (revision > 0),
  closed_at timestamptz,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id)
);
-- One at a time: two drafts would have to be merged by hand.
create unique index drafts_open on studies.drafts (tenant_id, workspace_id) where closed_at is null;

-- Every step of a draft, as a reviewer reads it: who changed what, from what to what.
create table studies.edits (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  draft_id uuid not null,
  revision int not null,
  summary text not null check (length(summary) between 1 and 400),
  changes jsonb not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, draft_id, revision),
  foreign key (tenant_id, workspace_id, draft_id) references studies.drafts (tenant_id, workspace_id, id)
);

create table studies.versions (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  number int not null check (number > 0),
  title text not null check (length(title) between 1 and 200),
  build jsonb not null,
  sha256 bytea not null check (length(sha256) = 32),
  -- How many rules there are, how many carry test cases, and what the cases reached.
  coverage jsonb not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, number),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id)
);
alter table studies.drafts add foreign key (tenant_id, workspace_id, based_on) references studies.versions (tenant_id, workspace_id, id);
create index drafts_based on studies.drafts (tenant_id, workspace_id, based_on);

-- From when a site works with a version: the day its ethics committee approved it. Without a site: everywhere.
create table studies.placements (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  version_id uuid not null,
  site_id uuid,
  from_on date not null,
  approval text not null default '' check (length(approval) <= 200),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, version_id) references studies.versions (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, site_id) references core.sites (tenant_id, workspace_id, id)
);
create index placements_of_site on studies.placements (tenant_id, workspace_id, site_id, from_on desc);
create index placements_of_version on studies.placements (tenant_id, workspace_id, version_id);

-- A field that looks as if it held who someone is, allowed to stay readable: the person who answers for it signed.
create table studies.allowances (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  draft_id uuid not null,
  item text not null check (length(item) between 1 and 200),
  suspicion text not null,
  reason text not null check (length(reason) between 10 and 1000),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, draft_id) references studies.drafts (tenant_id, workspace_id, id)
);
create index allowances_of_draft on studies.allowances (tenant_id, workspace_id, draft_id);

-- ── Whom it is asked of ─────────────────────────────────────────────────────────────────────────────────────────────

create table studies.participants (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  site_id uuid,
  enrolled_on date not null,
  arm text not null default '',
  status text not null default 'enrolled' check (status in ('screening', 'enrolled', 'completed', 'withdrawn', 'screen-failed')),
  status_reason text not null default '' check (length(status_reason) <= 1000),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, subject_id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, site_id) references core.sites (tenant_id, workspace_id, id)
);
create index participants_of_site on studies.participants (tenant_id, workspace_id, site_id);

-- A visit that took place, or that is known not to.
create table studies.visits (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  site_id uuid,
  event text not null check (length(event) between 1 and 200),
  event_key text not null default '' check (length(event_key) <= 60),
  happened_on date,
  not_done_reason text check (length(not_done_reason) between 1 and 1000),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, subject_id, event, event_key),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, site_id) references core.sites (tenant_id, workspace_id, id)
);
create index visits_of_site on studies.visits (tenant_id, workspace_id, site_id);

-- One form of one participant at one visit. `revision` counts changes of clinical values: a signature names the one it
-- was given for, and stands as long as it is the same.
create table studies.sheets (
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
  state text not null default 'in progress' check (state in ('in progress', 'complete', 'not done')),
  revision int not null default 0,
  state_reason text not null default '' check (length(state_reason) <= 1000),
  completed_at timestamptz,
  completed_by uuid,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, subject_id, event, event_key, form, form_key),
  check ((state = 'complete') = (completed_at is not null)),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, site_id) references core.sites (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, version_id) references studies.versions (tenant_id, workspace_id, id)
);
create index sheets_of_site on studies.sheets (tenant_id, workspace_id, site_id);
create index sheets_of_version on studies.sheets (tenant_id, workspace_id, version_id);

-- ── What was answered ───────────────────────────────────────────────────────────────────────────────────────────────

create table studies.field_values (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  site_id uuid,
  sheet_id uuid not null,
  form text not null,
  section text not null,
  section_key text not null default '' check (length(section_key) <= 120),
  item text not null,
  raw text check (length(raw) <= 20000),
  null_flavour text check (null_flavour in ('not-done', 'unknown', 'not-applicable')),
  unit text,
  sealed bytea,
  blinded boolean not null default false,
  -- Why the text cannot be read as what the field holds; kept as it was received.
  problem text,
  version int not null default 1 check (version > 0),
  source text not null default 'entry' check (source in ('entry', 'import', 'api', 'survey', 'calculation', 'second entry', 'migration')),
  reason text not null default '' check (length(reason) <= 1000),
  changed_at timestamptz not null default clock_timestamp(),
  changed_by uuid default core.actor(),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, sheet_id, section, section_key, item),
  check (raw is null or sealed is null),
  check (null_flavour is null or (raw is null and sealed is null)),
  foreign key (tenant_id, workspace_id, sheet_id) references studies.sheets (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index field_values_of_subject on studies.field_values (tenant_id, workspace_id, subject_id);

create table studies.value_history (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  site_id uuid,
  sheet_id uuid not null,
  value_id uuid not null,
  form text not null,
  section text not null,
  section_key text not null,
  item text not null,
  raw text,
  null_flavour text,
  unit text,
  sealed bytea,
  blinded boolean not null,
  problem text,
  version int not null,
  source text not null,
  reason text not null,
  changed_at timestamptz not null,
  changed_by uuid,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, value_id, version),
  foreign key (tenant_id, workspace_id, value_id) references studies.field_values (tenant_id, workspace_id, id)
);
create index value_history_of_sheet on studies.value_history (tenant_id, workspace_id, sheet_id);

-- ── Frozen and locked ───────────────────────────────────────────────────────────────────────────────────────────────

create table studies.locks (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  kind text not null check (kind in ('frozen', 'locked')),
  scope text not null check (scope in ('study', 'site', 'subject', 'visit', 'sheet', 'item')),
  site_id uuid,
  subject_id uuid,
  event text,
  event_key text,
  sheet_id uuid,
  item text,
  reason text not null check (length(reason) between 1 and 1000),
  lift_asked_by uuid,
  lift_asked_at timestamptz,
  lift_reason text check (length(lift_reason) between 1 and 1000),
  lifted_at timestamptz,
  lifted_by uuid,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  check ((scope = 'site') = (site_id is not null)),
  check (scope not in ('subject', 'visit') or subject_id is not null),
  check (scope not in ('sheet', 'item') or sheet_id is not null),
  check ((scope = 'item') = (item is not null)),
  -- The whole study: two people, never the same (ICH E6(R3): edit access after the lock is exceptional and documented).
  check (scope <> 'study' or lifted_by is null or lifted_by <> lift_asked_by),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id),
  foreign key (tenant_id, workspace_id, sheet_id) references studies.sheets (tenant_id, workspace_id, id)
);
create index locks_standing on studies.locks (tenant_id, workspace_id) where lifted_at is null;
create index locks_of_sheet on studies.locks (tenant_id, workspace_id, sheet_id);

-- The strictest lock above a value: null, frozen or locked.
create function studies.lock_above(at_site uuid, at_subject uuid, at_event text, at_event_key text, at_sheet uuid, at_item text) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
  select max(kind) from studies.locks l
  where l.tenant_id = core.tenant() and l.workspace_id = core.workspace() and l.lifted_at is null
    and case l.scope
      when 'study' then true
      when 'site' then l.site_id = at_site
      when 'subject' then l.subject_id = at_subject
      when 'visit' then l.subject_id = at_subject and l.event = at_event and l.event_key = at_event_key
      when 'sheet' then l.sheet_id = at_sheet
      else l.sheet_id = at_sheet and l.item = at_item
    end
$$;

-- ── Rules that no statement goes round ──────────────────────────────────────────────────────────────────────────────

create function studies.next_version() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if (new.tenant_id, new.workspace_id, new.id, new.sheet_id, new.subject_id, new.form, new.section, new.section_key, new.item)
     is distinct from
     (old.tenant_id, old.workspace_id, old.id, old.sheet_id, old.subject_id, old.form, old.section, old.section_key, old.item) then
    raise exception 'a value stays in its place' using errcode = '42501';
  end if;
  new.version := old.version + 1;
  new.changed_at := clock_timestamp();
  new.changed_by := core.actor();
  return new;
end $$;
create trigger next_version before update on studies.field_values for each row execute function studies.next_version();

create function studies.refuse_locked() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare above text;
begin
  if not exists (select from studies.locks l where l.tenant_id = core.tenant() and l.workspace_id = core.workspace() and l.lifted_at is null) then
    return null;
  end if;
  select max(studies.lock_above(coalesce(p.site_id, s.site_id), s.subject_id, s.event, s.event_key, s.id, c.item)) into above
  from changed c
  join studies.sheets s on s.tenant_id = c.tenant_id and s.workspace_id = c.workspace_id and s.id = c.sheet_id
  left join studies.participants p on p.tenant_id = s.tenant_id and p.workspace_id = s.workspace_id and p.subject_id = s.subject_id;
  if above is not null then
    raise exception 'a % value is not changed', above using errcode = '42501';
  end if;
  return null;
end $$;
create trigger refuse_locked_new after insert on studies.field_values referencing new table as changed
  for each statement execute function studies.refuse_locked();
create trigger refuse_locked after update on studies.field_values referencing new table as changed
  for each statement execute function studies.refuse_locked();

create function studies.keep_history() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  insert into studies.value_history (subject_id, site_id, sheet_id, value_id, form, section, section_key, item, raw,
    null_flavour, unit, sealed, blinded, problem, version, source, reason, changed_at, changed_by)
  select subject_id, site_id, sheet_id, id, form, section, section_key, item, raw,
    null_flavour, unit, sealed, blinded, problem, version, source, reason, changed_at, changed_by
  from before;
  return null;
end $$;
create trigger keep_history after update on studies.field_values referencing old table as before
  for each statement execute function studies.keep_history();

create function studies.count_revision() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  update studies.sheets s set revision = s.revision + 1
  from (select distinct tenant_id, workspace_id, sheet_id from changed) c
  where s.tenant_id = c.tenant_id and s.workspace_id = c.workspace_id and s.id = c.sheet_id;
  return null;
end $$;
create trigger count_revision_new after insert on studies.field_values referencing new table as changed
  for each statement execute function studies.count_revision();
create trigger count_revision after update on studies.field_values referencing new table as changed
  for each statement execute function studies.count_revision();

create function studies.keep_place() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if (new.tenant_id, new.workspace_id, new.id, new.subject_id, new.event, new.event_key, new.form, new.form_key)
     is distinct from
     (old.tenant_id, old.workspace_id, old.id, old.subject_id, old.event, old.event_key, old.form, old.form_key) then
    raise exception 'a form stays with its participant and visit' using errcode = '42501';
  end if;
  if new.revision < old.revision then
    raise exception 'changes are never uncounted' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep_place before update on studies.sheets for each row execute function studies.keep_place();

-- A lock is never moved or rewritten; it is lifted, once.
create function studies.keep_lock() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if old.lifted_at is not null then
    raise exception 'a lock that was lifted stays so' using errcode = '42501';
  end if;
  if (to_jsonb(new) - array['lift_asked_by', 'lift_asked_at', 'lift_reason', 'lifted_at', 'lifted_by'])
     is distinct from
     (to_jsonb(old) - array['lift_asked_by', 'lift_asked_at', 'lift_reason', 'lifted_at', 'lifted_by']) then
    raise exception 'a lock is lifted, not changed' using errcode = '42501';
  end if;
  if new.scope = 'study' and new.lifted_at is not null and old.lift_asked_by is null then
    raise exception 'the lock of a study is lifted by two people' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep_lock before update on studies.locks for each row execute function studies.keep_lock();

do $$
declare t text;
begin
  foreach t in array array['edits', 'versions', 'placements', 'allowances', 'value_history'] loop
    execute format('create trigger never_changed before update or delete on studies.%I for each row execute function core.refuse_change()', t);
  end loop;
end $$;

-- ── Walls ───────────────────────────────────────────────────────────────────────────────────────────────────────────

select core.protect('studies.drafts', '{"scope":"workspace",
  "select":[{"may":"studies.design.read"}], "insert":[{"may":"studies.design.write"}], "update":[{"may":"studies.design.write"}]}');
select core.protect('studies.edits', '{"scope":"workspace",
  "select":[{"may":"studies.design.read"}], "insert":[{"may":"studies.design.write"}]}');
select core.protect('studies.allowances', '{"scope":"workspace",
  "select":[{"may":"studies.design.read"}], "insert":[{"may":"studies.design.allow"}]}');
select core.protect('studies.versions', '{"scope":"workspace",
  "select":[{"may":"studies.design.read"}], "insert":[{"may":"studies.design.publish"}]}');
select core.protect('studies.placements', '{"scope":"workspace",
  "select":[{"may":"studies.design.read"}], "insert":[{"may":"studies.design.publish"}]}');
-- Whoever fills in a form, also over a link, needs to know what it asks and what is locked: the walls are enough.
create policy reach_select_here on studies.versions for select to :app using (workspace_id = (select core.workspace()));
create policy reach_select_here on studies.placements for select to :app using (workspace_id = (select core.workspace()));

select core.protect('studies.participants', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"studies.data.read"}, {"may":"studies.progress.read"}, {"may":"studies.surveys.answer"}],
  "insert":[{"may":"studies.participants.add"}, {"may":"studies.import"}],
  "update":[{"may":"studies.participants.add"}]}');
select core.protect('studies.visits', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"studies.data.read"}, {"may":"studies.progress.read"}, {"may":"studies.surveys.answer"}],
  "insert":[{"may":"studies.data.enter"}, {"may":"studies.import"}],
  "update":[{"may":"studies.data.enter"}, {"may":"studies.import"}]}');
select core.protect('studies.sheets', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"studies.data.read"}, {"may":"studies.progress.read"}, {"may":"studies.surveys.answer"}],
  "insert":[{"may":"studies.data.enter"}, {"may":"studies.import"}, {"may":"studies.surveys.answer"}],
  "update":[{"may":"studies.data.enter"}, {"may":"studies.import"}, {"may":"studies.surveys.answer"}, {"may":"studies.migrate"}]}');
select core.protect('studies.field_values', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"studies.data.read", "when":"not blinded"}, {"may":"studies.allocation.read"},
            {"may":"studies.surveys.answer", "when":"source = ''survey''"}],
  "insert":[{"may":"studies.data.enter"}, {"may":"studies.import"}, {"may":"studies.surveys.answer", "when":"source = ''survey'' and not blinded"}],
  "update":[{"may":"studies.data.enter"}, {"may":"studies.import"}, {"may":"studies.surveys.answer", "when":"source = ''survey'' and not blinded"}]}');
select core.protect('studies.value_history', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"studies.data.read", "when":"not blinded"}, {"may":"studies.allocation.read"}],
  "insert":[{"may":"studies.data.enter"}, {"may":"studies.import"}, {"may":"studies.surveys.answer"}]}');
select core.protect('studies.locks', '{"scope":"workspace", "subject":"subject_id",
  "insert":[{"may":"studies.freeze", "when":"kind = ''frozen''"}, {"may":"studies.lock"}],
  "update":[{"may":"studies.freeze", "when":"kind = ''frozen''"}, {"may":"studies.unlock"}]}');
create policy reach_select_here on studies.locks for select to :app using (workspace_id = (select core.workspace()));
grant select on studies.locks to :app;

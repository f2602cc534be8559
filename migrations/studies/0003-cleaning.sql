-- Cleaning: queries and their threads, comparison with the source, review, signatures, second entry, closed forms.
--
-- Nothing that was said or signed is ever changed. Whether a comparison or a signature still stands is not a state that
-- somebody must keep up: it names the version of what it was given for, and stands while that is the newest.

create table studies.queries (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  site_id uuid,
  sheet_id uuid not null,
  form text not null,
  section text not null default '',
  section_key text not null default '',
  item text not null default '',            -- '': about the form as a whole
  kind text not null check (kind in ('manual', 'check', 'import')),
  check_id text not null default '',
  -- The values under which a check fired: accepted once, it is silent for the same values and only for them.
  fingerprint text not null default '',
  state text not null check (state in ('candidate', 'open', 'answered', 'closed', 'cancelled', 'resolved')),
  blinded boolean not null default false,
  assigned_to uuid,
  due_on date,
  changed_at timestamptz not null default clock_timestamp(),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, sheet_id) references studies.sheets (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id),
  foreign key (tenant_id, assigned_to) references core.persons (tenant_id, id)
);
create index queries_of_sheet on studies.queries (tenant_id, workspace_id, sheet_id);
create index queries_of_subject on studies.queries (tenant_id, workspace_id, subject_id);
create index queries_by_state on studies.queries (tenant_id, workspace_id, state, due_on);
create index queries_of_person on studies.queries (tenant_id, assigned_to);

create table studies.query_messages (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  query_id uuid not null,
  subject_id uuid not null,
  state text not null,                      -- the query's, after this was said
  text text not null check (length(text) between 1 and 4000),
  blinded boolean not null default false,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, query_id) references studies.queries (tenant_id, workspace_id, id)
);
create index query_messages_of_query on studies.query_messages (tenant_id, workspace_id, query_id, made_at);

create function studies.keep_query() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if (new.tenant_id, new.workspace_id, new.id, new.subject_id, new.sheet_id, new.form, new.section, new.section_key, new.item, new.kind, new.check_id, new.blinded, new.made_by)
     is distinct from
     (old.tenant_id, old.workspace_id, old.id, old.subject_id, old.sheet_id, old.form, old.section, old.section_key, old.item, old.kind, old.check_id, old.blinded, old.made_by) then
    raise exception 'a query stays where it was asked' using errcode = '42501';
  end if;
  new.changed_at := clock_timestamp();
  return new;
end $$;
create trigger keep_query before update on studies.queries for each row execute function studies.keep_query();

-- What was compared with its source, or reviewed, in which version.
create table studies.verifications (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  sheet_id uuid not null,
  value_id uuid not null,
  axis text not null check (axis in ('source', 'review')),
  version int not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, value_id, axis, version),
  foreign key (tenant_id, workspace_id, value_id) references studies.field_values (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, sheet_id) references studies.sheets (tenant_id, workspace_id, id)
);
create index verifications_of_sheet on studies.verifications (tenant_id, workspace_id, sheet_id);

create table studies.verification_plans (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  site_id uuid,
  rule text not null check (rule in ('all', 'critical', 'sample', 'none')),
  percent int not null default 100 check (percent between 0 and 100),
  seed text not null default '' check (length(seed) <= 100),
  reason text not null check (length(reason) between 1 and 1000),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, site_id) references core.sites (tenant_id, workspace_id, id)
);
create index verification_plans_of_site on studies.verification_plans (tenant_id, workspace_id, site_id);
create index verification_plans_by_day on studies.verification_plans (tenant_id, workspace_id, made_at desc);

-- 21 CFR 11.50, 11.70: who, when, what it means, and a digest of the very answers under the very version of the form.
create table studies.sheet_signatures (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  sheet_id uuid not null,
  revision int not null,
  version_id uuid not null,
  sha256 bytea not null check (length(sha256) = 32),
  meaning text not null,
  printed_name text not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, sheet_id) references studies.sheets (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, version_id) references studies.versions (tenant_id, workspace_id, id)
);
create index sheet_signatures_of_sheet on studies.sheet_signatures (tenant_id, workspace_id, sheet_id, made_at desc);
create index sheet_signatures_of_version on studies.sheet_signatures (tenant_id, workspace_id, version_id);
create index sheet_signatures_of_subject on studies.sheet_signatures (tenant_id, workspace_id, subject_id);

-- The blind second entry of a form, kept apart until somebody has decided where the two differ.
create table studies.second_entries (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  sheet_id uuid not null,
  answers jsonb not null,
  differences int not null default 0,
  decided_at timestamptz,
  decided_by uuid,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, sheet_id),
  check (decided_by is null or decided_by <> made_by),
  foreign key (tenant_id, workspace_id, sheet_id) references studies.sheets (tenant_id, workspace_id, id)
);

-- Rights narrower than a role: this person does not read, or does not enter, this form.
create table studies.closed_forms (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  person_id uuid not null,
  form text not null check (length(form) between 1 and 200),
  action text not null check (action in ('read', 'enter')),
  reason text not null check (length(reason) between 1 and 1000),
  opened_at timestamptz,
  opened_by uuid,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, person_id) references core.persons (tenant_id, id)
);
create unique index closed_forms_standing on studies.closed_forms (tenant_id, workspace_id, person_id, form, action) where opened_at is null;
create index closed_forms_of_person on studies.closed_forms (tenant_id, person_id);

do $$
declare t text;
begin
  foreach t in array array['query_messages', 'verifications', 'verification_plans', 'sheet_signatures'] loop
    execute format('create trigger never_changed before update or delete on studies.%I for each row execute function core.refuse_change()', t);
  end loop;
end $$;

select core.protect('studies.queries', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"studies.queries.read", "when":"not blinded"}, {"may":"studies.allocation.read"}],
  "insert":[{"may":"studies.queries.open"}, {"may":"studies.data.enter", "when":"kind <> ''manual''"}, {"may":"studies.import", "when":"kind <> ''manual''"},
            {"may":"studies.migrate", "when":"kind <> ''manual''"}],
  "update":[{"may":"studies.queries.open"}, {"may":"studies.queries.answer"}, {"may":"studies.data.enter", "when":"kind <> ''manual''"}, {"may":"studies.import", "when":"kind <> ''manual''"}]}');
-- The site answers and never closes what a monitor or data manager asked.
create policy wall_closing on studies.queries as restrictive for update to :app using (true)
  with check (kind <> 'manual' or state not in ('closed', 'cancelled')
    or (select core.reaches('studies.queries.open')) or subject_id in (select core.reach_subjects('studies.queries.open')));
select core.protect('studies.query_messages', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"studies.queries.read", "when":"not blinded"}, {"may":"studies.allocation.read"}],
  "insert":[{"may":"studies.queries.open"}, {"may":"studies.queries.answer"}, {"may":"studies.data.enter"}, {"may":"studies.import"}, {"may":"studies.migrate"}]}');
select core.protect('studies.verifications', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"studies.data.read"}],
  "insert":[{"may":"studies.verify", "when":"axis = ''source''"}, {"may":"studies.review", "when":"axis = ''review''"}]}');
select core.protect('studies.verification_plans', '{"scope":"workspace",
  "select":[{"may":"studies.design.read"}], "insert":[{"may":"studies.verification.plan"}]}');
select core.protect('studies.sheet_signatures', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"studies.signatures.read"}], "insert":[{"may":"studies.sign"}]}');
select core.protect('studies.second_entries', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"studies.second.adjudicate"}, {"may":"studies.second.enter"}],
  "insert":[{"may":"studies.second.enter"}], "update":[{"may":"studies.second.adjudicate"}]}');
select core.protect('studies.closed_forms', '{"scope":"workspace", "mine":"person_id",
  "select":[{"may":"studies.access.manage"}], "insert":[{"may":"studies.access.manage"}], "update":[{"may":"studies.access.manage"}]}');
create policy reach_select_mine on studies.closed_forms for select to :app using (person_id = (select core.actor()));

-- A closed form is closed in the database: its answers, their history, and the entering of it.
create policy wall_closed_form on studies.field_values as restrictive for select to :app
  using (form not in (select c.form from studies.closed_forms c where c.person_id = (select core.actor()) and c.action = 'read' and c.opened_at is null));
create policy wall_closed_form on studies.value_history as restrictive for select to :app
  using (form not in (select c.form from studies.closed_forms c where c.person_id = (select core.actor()) and c.action = 'read' and c.opened_at is null));
create policy wall_closed_entry on studies.field_values as restrictive for insert to :app
  with check (form not in (select c.form from studies.closed_forms c where c.person_id = (select core.actor()) and c.opened_at is null));
create policy wall_closed_change on studies.field_values as restrictive for update to :app using (true)
  with check (form not in (select c.form from studies.closed_forms c where c.person_id = (select core.actor()) and c.opened_at is null));

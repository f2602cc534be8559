-- The dossier of a study: what it is, which gates it passed, who agreed, which sites take part, and its essential documents.

create table studies.dossiers (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  acronym text not null default '' check (length(acronym) <= 60),
  sponsor text not null check (length(sponsor) between 1 and 200),
  sponsor_kind text not null check (sponsor_kind in ('own', 'academic', 'industry')),
  phase text not null check (phase in ('I', 'II', 'III', 'IV', 'device', 'observational', 'other')),
  department text not null default '' check (length(department) <= 200),
  investigator_id uuid,
  registry_number text not null default '' check (length(registry_number) <= 60),
  target int check (target between 1 and 1000000),
  budget int not null default 0 check (budget >= 0),
  uses_product boolean not null default false,
  uses_samples boolean not null default false,
  shares_data boolean not null default false,
  revision int not null check (revision > 0),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, revision),              -- each save is a row: the newest is what holds
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id),
  foreign key (tenant_id, investigator_id) references core.persons (tenant_id, id)
);
create index dossiers_of_investigator on studies.dossiers (tenant_id, investigator_id);

create table studies.gates (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  ordinal int not null check (ordinal > 0),
  was text not null,
  status text not null,
  items jsonb not null,
  reason text not null default '' check (length(reason) <= 2000),
  snapshot jsonb not null,
  sha256 bytea not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, ordinal),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id)
);

create table studies.approval_requests (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  approver text not null check (length(approver) between 1 and 40),
  stage int not null check (stage between 1 and 20),
  days int not null check (days between 1 and 365),
  because text not null check (length(because) between 1 and 500),
  decider_id uuid not null,
  asked_on date not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, decider_id) references core.persons (tenant_id, id)
);
create index approval_requests_of_decider on studies.approval_requests (tenant_id, decider_id);
create table studies.approval_decisions (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  request_id uuid not null,
  decider_id uuid not null,
  decision text not null check (decision in ('granted', 'refused', 'withdrawn')),
  reason text not null default '' check (length(reason) <= 2000),
  on_day date not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, request_id),
  check (decision = 'granted' or reason <> ''),
  foreign key (tenant_id, workspace_id, request_id) references studies.approval_requests (tenant_id, workspace_id, id),
  foreign key (tenant_id, decider_id) references core.persons (tenant_id, id)
);
create index approval_decisions_of_decider on studies.approval_decisions (tenant_id, decider_id);

create table studies.site_steps (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  site_id uuid not null,
  step text not null check (length(step) between 1 and 40),
  on_day date not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, site_id, step),
  foreign key (tenant_id, workspace_id, site_id) references core.sites (tenant_id, workspace_id, id)
);
create table studies.site_marks (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  site_id uuid not null,
  mark text not null check (mark in ('activated', 'closed')),
  reason text not null default '' check (length(reason) <= 500),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, site_id, mark),
  foreign key (tenant_id, workspace_id, site_id) references core.sites (tenant_id, workspace_id, id)
);

create table studies.amendments (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  number int not null check (number > 0),
  title text not null check (length(title) between 1 and 200),
  substantial boolean not null,
  protocol_version text not null check (length(protocol_version) between 1 and 40),
  forms_version int,
  consent_version text not null default '' check (length(consent_version) <= 60),
  course_id uuid,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, number),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id),
  foreign key (tenant_id, workspace_id, course_id) references studies.courses (tenant_id, workspace_id, id)
);
create index amendments_of_course on studies.amendments (tenant_id, workspace_id, course_id);
create table studies.amendment_steps (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  amendment_id uuid not null,
  step text not null check (step in ('submitted', 'approved', 'implemented', 'withdrawn')),
  on_day date not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, amendment_id, step),
  foreign key (tenant_id, workspace_id, amendment_id) references studies.amendments (tenant_id, workspace_id, id)
);

-- Essential documents, sealed whole: a CV or a signature page is personal data. A new version is a new row.
create table studies.documents (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  kind text not null check (length(kind) between 1 and 40),
  site_id uuid,
  version int not null check (version > 0),
  filename text not null check (length(filename) between 1 and 200),
  bytes int not null check (bytes > 0),
  sha256 bytea not null,
  expires_on date,
  content bytea not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, site_id) references core.sites (tenant_id, workspace_id, id)
);
create unique index documents_one_version on studies.documents
  (tenant_id, workspace_id, kind, coalesce(site_id, '00000000-0000-0000-0000-000000000000'), version);
create index documents_of_site on studies.documents (tenant_id, workspace_id, site_id);
create table studies.document_marks (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  document_id uuid not null,
  site_id uuid,
  person_id uuid not null default core.actor(),
  mark text not null check (mark in ('signed', 'read')),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, document_id, person_id, mark),
  foreign key (tenant_id, workspace_id, document_id) references studies.documents (tenant_id, workspace_id, id),
  foreign key (tenant_id, person_id) references core.persons (tenant_id, id)
);
create index document_marks_of_person on studies.document_marks (tenant_id, person_id);

do $$
declare t text;
begin
  foreach t in array array['dossiers', 'gates', 'approval_requests', 'approval_decisions', 'site_steps', 'site_marks', 'amendments',
    'amendment_steps', 'documents', 'document_marks'] loop
    execute format('create trigger never_changed before update or delete on studies.%I for each row execute function core.refuse_change()', t);
  end loop;
end $$;

select core.protect('studies.dossiers', '{"scope":"workspace",
  "select":[{"may":"studies.dossier.read"}], "insert":[{"may":"studies.dossier.write"}]}');
select core.protect('studies.gates', '{"scope":"workspace",
  "select":[{"may":"studies.dossier.read"}], "insert":[{"may":"studies.gates.pass"}]}');
select core.protect('studies.approval_requests', '{"scope":"workspace", "mine":"decider_id",
  "select":[{"may":"studies.approvals.read"}, {"may":"studies.approvals.decide"}], "insert":[{"may":"studies.approvals.ask"}]}');
select core.protect('studies.approval_decisions', '{"scope":"workspace", "mine":"decider_id",
  "select":[{"may":"studies.approvals.read"}, {"may":"studies.approvals.decide"}],
  "insert":[{"may":"studies.approvals.decide", "when":"decision <> ''withdrawn''"}, {"may":"studies.approvals.ask", "when":"decision = ''withdrawn''"}]}');
select core.protect('studies.site_steps', '{"scope":"workspace", "site":"site_id",
  "select":[{"may":"studies.dossier.read"}], "insert":[{"may":"studies.sites.prepare"}]}');
select core.protect('studies.site_marks', '{"scope":"workspace", "site":"site_id",
  "select":[{"may":"studies.dossier.read"}], "insert":[{"may":"studies.sites.activate"}]}');
select core.protect('studies.amendments', '{"scope":"workspace",
  "select":[{"may":"studies.dossier.read"}], "insert":[{"may":"studies.dossier.write"}]}');
select core.protect('studies.amendment_steps', '{"scope":"workspace",
  "select":[{"may":"studies.dossier.read"}], "insert":[{"may":"studies.dossier.write"}]}');
-- Of the study for everyone in it; of a site for those whom the grant leads there.
select core.protect('studies.documents', '{"scope":"workspace", "site":"site_id",
  "select":[{"may":"studies.documents.read"}, {"may":"studies.documents.study"}], "insert":[{"may":"studies.documents.file"}]}');
drop policy reach_select on studies.documents;
create policy reach_select on studies.documents for select to :app using (
  (select core.reaches('studies.documents.read')) or site_id in (select core.reach_sites('studies.documents.read'))
  or (site_id is null and (select core.reaches('studies.documents.study'))));
select core.protect('studies.document_marks', '{"scope":"workspace", "mine":"person_id",
  "select":[{"may":"studies.documents.study"}],
  "insert":[{"may":"studies.documents.sign", "when":"mark = ''signed''"}, {"may":"studies.documents.study", "when":"mark = ''read''"}]}');
create policy wall_self on studies.document_marks as restrictive for insert to :app with check (person_id = (select core.actor()));

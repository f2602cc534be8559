-- Consent: documents and their versions, who signs and by which way in, what was read, answered and signed, and what
-- stands. Rows are never changed or removed: what was shown and signed is evidence. Names, drawings, questions and
-- reasons lie sealed under the subject's own key (bytea); the rest says codes, roles and times.

create schema econsent;
grant usage on schema econsent to :app, :backup;

-- ── What is consented to ────────────────────────────────────────────────────────────────────────────────────────────

create table econsent.documents (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  title text not null check (length(title) between 1 and 200),
  is_main boolean not null default true,     -- taking part; else something asked beside it
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, title),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id)
);

create table econsent.versions (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  document_id uuid not null,
  number int not null check (number between 1 and 999),
  language text not null check (language in ('en', 'es', 'nl')),
  asks_again boolean not null default false,  -- who agreed to an earlier number is asked again
  changes text not null default '' check (length(changes) <= 2000),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, document_id, number, language),
  foreign key (tenant_id, workspace_id, document_id) references econsent.documents (tenant_id, workspace_id, id)
);

create table econsent.texts (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  version_id uuid not null,
  ordinal int not null check (ordinal > 0),
  content jsonb not null,
  sha256 bytea not null check (length(sha256) = 32),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, version_id, ordinal),      -- of two who save at once, one is told
  foreign key (tenant_id, workspace_id, version_id) references econsent.versions (tenant_id, workspace_id, id)
);

create table econsent.proposals (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  version_id uuid not null,
  text_id uuid not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, text_id),
  foreign key (tenant_id, workspace_id, version_id) references econsent.versions (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, text_id) references econsent.texts (tenant_id, workspace_id, id)
);
create index proposals_of_version on econsent.proposals (tenant_id, workspace_id, version_id);

create table econsent.publications (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  version_id uuid not null,
  text_id uuid not null,
  sha256 bytea not null check (length(sha256) = 32),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, version_id),
  foreign key (tenant_id, workspace_id, version_id) references econsent.versions (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, text_id) references econsent.texts (tenant_id, workspace_id, id)
);
create index publications_of_text on econsent.publications (tenant_id, workspace_id, text_id);

-- From the ethics committee's approval: at one site, or (site null) at every site.
create table econsent.effects (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  version_id uuid not null,
  site_id uuid,
  approved_on date not null,
  effective_from date not null check (effective_from >= approved_on),
  reference text not null check (length(reference) between 1 and 120),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, version_id) references econsent.versions (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, site_id) references core.sites (tenant_id, workspace_id, id)
);
create index effects_of_version on econsent.effects (tenant_id, workspace_id, version_id);
create index effects_of_site on econsent.effects (tenant_id, workspace_id, site_id);

create table econsent.retirements (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  version_id uuid not null,
  reason text not null check (length(reason) between 1 and 1000),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, version_id),
  foreign key (tenant_id, workspace_id, version_id) references econsent.versions (tenant_id, workspace_id, id)
);

-- ── One person's consent ────────────────────────────────────────────────────────────────────────────────────────────

create table econsent.consents (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  document_id uuid not null,
  site_id uuid,
  language text not null check (language in ('en', 'es', 'nl')),
  circumstance text not null check (circumstance in ('adult', 'minor', 'represented')),
  reads boolean not null default true,
  cause text not null check (cause in ('first', 'amendment', 'majority')),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, document_id) references econsent.documents (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, site_id) references core.sites (tenant_id, workspace_id, id)
);
create index consents_of_subject on econsent.consents (tenant_id, workspace_id, subject_id);
create index consents_of_document on econsent.consents (tenant_id, workspace_id, document_id);
create index consents_of_site on econsent.consents (tenant_id, workspace_id, site_id);

create table econsent.signers (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  consent_id uuid not null,
  subject_id uuid not null,
  role text not null check (role in ('participant', 'minor', 'representative', 'witness', 'investigator')),
  place int not null check (place between 1 and 9),
  ordinal int not null check (ordinal between 1 and 9),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, consent_id, ordinal),
  foreign key (tenant_id, workspace_id, consent_id) references econsent.consents (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index signers_of_subject on econsent.signers (tenant_id, workspace_id, subject_id);

-- A way in for one signer, or (signer null) to the participant's own page. The link leads to a gate and no further.
create table econsent.invitations (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  signer_id uuid,
  link_id uuid not null,
  method text not null check (method in ('mail_code', 'told_code', 'video', 'in_person')),
  until_at timestamptz not null,
  is_kiosk boolean not null default false,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, signer_id) references econsent.signers (tenant_id, workspace_id, id),
  foreign key (tenant_id, link_id) references core.portal_links (tenant_id, id)
);
create index invitations_of_subject on econsent.invitations (tenant_id, workspace_id, subject_id);
create index invitations_of_signer on econsent.invitations (tenant_id, workspace_id, signer_id);
create unique index invitations_by_link on econsent.invitations (tenant_id, link_id);

create table econsent.codes (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  invitation_id uuid not null,
  subject_id uuid not null,
  ordinal int not null check (ordinal > 0),
  code bytea,                                -- null: asked for, not yet posted
  until_at timestamptz not null,
  posted_at timestamptz,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, invitation_id, ordinal),
  foreign key (tenant_id, workspace_id, invitation_id) references econsent.invitations (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index codes_of_subject on econsent.codes (tenant_id, workspace_id, subject_id);

-- Five tries a code, whoever tries and however many at once: the fifth is the last that finds a number.
create table econsent.tries (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  code_id uuid not null,
  subject_id uuid not null,
  ordinal int not null check (ordinal between 1 and 5),
  fits boolean not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, code_id, ordinal),
  foreign key (tenant_id, workspace_id, code_id) references econsent.codes (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index tries_of_subject on econsent.tries (tenant_id, workspace_id, subject_id);
create unique index tries_that_fit on econsent.tries (tenant_id, workspace_id, code_id) where fits;   -- a code is used once

-- Through the gate: a link of its own for the device that gave the code. The newest is the only one that lives.
create table econsent.entries (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  invitation_id uuid not null,
  signer_id uuid,
  subject_id uuid not null,
  try_id uuid not null,
  link_id uuid not null,
  method text not null check (method in ('mail_code', 'told_code', 'video', 'in_person')),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, try_id),
  foreign key (tenant_id, workspace_id, invitation_id) references econsent.invitations (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, signer_id) references econsent.signers (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, try_id) references econsent.tries (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id),
  foreign key (tenant_id, link_id) references core.portal_links (tenant_id, id)
);
create index entries_of_invitation on econsent.entries (tenant_id, workspace_id, invitation_id);
create index entries_of_signer on econsent.entries (tenant_id, workspace_id, signer_id);
create index entries_of_subject on econsent.entries (tenant_id, workspace_id, subject_id);
create unique index entries_by_link on econsent.entries (tenant_id, link_id);

-- Which version a signer has before him. A new version begins a new reading, and everything is asked again.
create table econsent.readings (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  consent_id uuid not null,
  signer_id uuid not null,
  subject_id uuid not null,
  version_id uuid not null,
  ordinal int not null check (ordinal > 0),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, signer_id, ordinal),
  foreign key (tenant_id, workspace_id, consent_id) references econsent.consents (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, signer_id) references econsent.signers (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, version_id) references econsent.versions (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index readings_of_consent on econsent.readings (tenant_id, workspace_id, consent_id);
create index readings_of_version on econsent.readings (tenant_id, workspace_id, version_id);
create index readings_of_subject on econsent.readings (tenant_id, workspace_id, subject_id);

create table econsent.steps (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  reading_id uuid not null,
  signer_id uuid not null,
  subject_id uuid not null,
  kind text not null check (kind in ('read', 'answered', 'agreed', 'chose', 'paused', 'resumed', 'talked')),
  part text not null check (length(part) between 1 and 60),
  value text check (length(value) <= 60),
  is_right boolean,
  opened_full boolean,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, reading_id) references econsent.readings (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, signer_id) references econsent.signers (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index steps_of_reading on econsent.steps (tenant_id, workspace_id, reading_id);
create index steps_of_signer on econsent.steps (tenant_id, workspace_id, signer_id);
create index steps_of_subject on econsent.steps (tenant_id, workspace_id, subject_id);

create table econsent.questions (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  consent_id uuid not null,
  signer_id uuid not null,
  subject_id uuid not null,
  part text not null check (length(part) between 1 and 60),
  text bytea not null,
  holds boolean not null,                    -- signing waits for the answer
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, consent_id) references econsent.consents (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, signer_id) references econsent.signers (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index questions_of_consent on econsent.questions (tenant_id, workspace_id, consent_id);
create index questions_of_signer on econsent.questions (tenant_id, workspace_id, signer_id);
create index questions_of_subject on econsent.questions (tenant_id, workspace_id, subject_id);

create table econsent.replies (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  question_id uuid not null,
  subject_id uuid not null,
  text bytea not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, question_id) references econsent.questions (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index replies_of_question on econsent.replies (tenant_id, workspace_id, question_id);
create index replies_of_subject on econsent.replies (tenant_id, workspace_id, subject_id);

create table econsent.declines (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  consent_id uuid not null,
  signer_id uuid,                            -- null: closed by the team
  subject_id uuid not null,
  reason bytea,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, consent_id),
  foreign key (tenant_id, workspace_id, consent_id) references econsent.consents (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, signer_id) references econsent.signers (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index declines_of_signer on econsent.declines (tenant_id, workspace_id, signer_id);
create index declines_of_subject on econsent.declines (tenant_id, workspace_id, subject_id);

create table econsent.signatures (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  consent_id uuid not null,
  signer_id uuid not null,
  subject_id uuid not null,
  reading_id uuid,                           -- null: on paper, or a countersignature
  version_id uuid not null,
  role text not null check (role in ('participant', 'minor', 'representative', 'witness', 'investigator')),
  way text not null check (way in ('typed', 'drawn', 'paper', 'password')),
  method text check (method in ('mail_code', 'told_code', 'video', 'in_person')),
  meaning text not null check (length(meaning) between 1 and 300),
  name bytea not null,
  relation bytea,
  drawing bytea,
  answers jsonb not null,                    -- what was agreed and chosen: part -> yes | no
  document_sha256 bytea not null check (length(document_sha256) = 32),
  content_sha256 bytea not null check (length(content_sha256) = 32),   -- document, role, answers, name, meaning, signer
  signed_on date not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, signer_id),                -- nobody signs twice, however often it is sent
  check ((role = 'investigator') = (way = 'password') or way = 'paper'),
  check ((way = 'drawn') = (drawing is not null)),
  check ((way in ('typed', 'drawn')) = (reading_id is not null)),
  foreign key (tenant_id, workspace_id, consent_id) references econsent.consents (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, signer_id) references econsent.signers (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, reading_id) references econsent.readings (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, version_id) references econsent.versions (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index signatures_of_consent on econsent.signatures (tenant_id, workspace_id, consent_id);
create index signatures_of_reading on econsent.signatures (tenant_id, workspace_id, reading_id);
create index signatures_of_version on econsent.signatures (tenant_id, workspace_id, version_id);
create index signatures_of_subject on econsent.signatures (tenant_id, workspace_id, subject_id);

create table econsent.papers (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  consent_id uuid not null,
  subject_id uuid not null,
  scan bytea not null,
  type text not null check (type in ('application/pdf', 'image/png', 'image/jpeg')),
  sha256 bytea not null check (length(sha256) = 32),
  bytes int not null check (bytes > 0),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, consent_id) references econsent.consents (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index papers_of_consent on econsent.papers (tenant_id, workspace_id, consent_id);
create index papers_of_subject on econsent.papers (tenant_id, workspace_id, subject_id);

-- The last signature is there: from here on the consent has effect.
create table econsent.completions (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  consent_id uuid not null,
  subject_id uuid not null,
  version_id uuid not null,
  number int not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, consent_id),
  foreign key (tenant_id, workspace_id, consent_id) references econsent.consents (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, version_id) references econsent.versions (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index completions_of_version on econsent.completions (tenant_id, workspace_id, version_id);
create index completions_of_subject on econsent.completions (tenant_id, workspace_id, subject_id);

-- ── What stands ─────────────────────────────────────────────────────────────────────────────────────────────────────
-- Machine policy: the newest row of a scope counts. Whoever may see a subject at all may ask what stands for him.

create table econsent.standings (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  scope text not null check (scope in ('participation', 'new-data', 'follow-up', 'intervention', 'samples', 'recontact', 'sharing', 'contact')),
  state text not null check (state in ('given', 'refused', 'withdrawn')),
  completion_id uuid,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  check ((state = 'withdrawn') = (completion_id is null)),
  foreign key (tenant_id, workspace_id, completion_id) references econsent.completions (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index standings_of_subject on econsent.standings (tenant_id, workspace_id, subject_id);
create index standings_of_completion on econsent.standings (tenant_id, workspace_id, completion_id);

create table econsent.withdrawals (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  scopes text[] not null check (cardinality(scopes) > 0),
  reason bytea,
  told text not null check (told in ('portal', 'in_person', 'telephone', 'letter')),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index withdrawals_of_subject on econsent.withdrawals (tenant_id, workspace_id, subject_id);

-- Who is to be asked again, why, and by when. Settled by a consent that took effect later.
create table econsent.reconsents (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  document_id uuid not null,
  number int not null,
  cause text not null check (cause in ('amendment', 'majority')),
  due_on date not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, subject_id, document_id, number, cause),
  foreign key (tenant_id, workspace_id, document_id) references econsent.documents (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index reconsents_of_document on econsent.reconsents (tenant_id, workspace_id, document_id);

create table econsent.reminders (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  reconsent_id uuid not null,
  subject_id uuid not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, reconsent_id) references econsent.reconsents (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index reminders_of_reconsent on econsent.reminders (tenant_id, workspace_id, reconsent_id);
create index reminders_of_subject on econsent.reminders (tenant_id, workspace_id, subject_id);

do $$
declare t text;
begin
  foreach t in array array['documents', 'versions', 'texts', 'proposals', 'publications', 'effects', 'retirements',
    'consents', 'signers', 'invitations', 'tries', 'entries', 'readings', 'steps', 'questions', 'replies', 'declines',
    'signatures', 'papers', 'completions', 'standings', 'withdrawals', 'reconsents', 'reminders'] loop
    execute format('create trigger never_changed before update or delete on econsent.%I for each row execute function core.refuse_change()', t);
  end loop;
end $$;

-- ── What the database holds to by itself ────────────────────────────────────────────────────────────────────────────

-- The signer whose turn this link was made for; null for staff and for a gate.
create function econsent.signer_here() returns uuid
language sql stable set search_path = pg_catalog, pg_temp as $$
  select e.signer_id from econsent.entries e
  where e.tenant_id = (select core.tenant()) and e.workspace_id = (select core.workspace()) and e.link_id = (select core.link())
$$;
revoke execute on function econsent.signer_here() from public;
grant execute on function econsent.signer_here() to :app;

-- A published version is finished; what is put forward is what was written last; a second person publishes.
create function econsent.keep_text() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if exists (select from econsent.publications p
    where p.tenant_id = new.tenant_id and p.workspace_id = new.workspace_id and p.version_id = new.version_id) then
    raise exception 'a published version is never written to' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep_text before insert on econsent.texts for each row execute function econsent.keep_text();

create function econsent.keep_publication() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare newest econsent.texts;
begin
  select * into newest from econsent.texts t
  where t.tenant_id = new.tenant_id and t.workspace_id = new.workspace_id and t.version_id = new.version_id
  order by t.ordinal desc limit 1;
  if newest.id is distinct from new.text_id or newest.sha256 is distinct from new.sha256
    or not exists (select from econsent.proposals p
      where p.tenant_id = new.tenant_id and p.workspace_id = new.workspace_id and p.text_id = new.text_id) then
    raise exception 'what is published is what was put forward last' using errcode = '42501';
  end if;
  if exists (select from econsent.texts t where t.tenant_id = new.tenant_id and t.workspace_id = new.workspace_id
      and t.version_id = new.version_id and t.made_by is not distinct from new.made_by)
    or exists (select from econsent.proposals p where p.tenant_id = new.tenant_id and p.workspace_id = new.workspace_id
      and p.version_id = new.version_id and p.made_by is not distinct from new.made_by) then
    raise exception 'who wrote a version or put it forward does not publish it' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep_publication before insert on econsent.publications for each row execute function econsent.keep_publication();

create function econsent.in_force(document uuid, site uuid, wanted text) returns uuid
language sql stable set search_path = pg_catalog, pg_temp as $$
  select v.id from econsent.versions v
  join econsent.publications p on p.tenant_id = v.tenant_id and p.workspace_id = v.workspace_id and p.version_id = v.id
  where v.tenant_id = (select core.tenant()) and v.workspace_id = (select core.workspace())
    and v.document_id = document and v.language = wanted
    and not exists (select from econsent.retirements r
      where r.tenant_id = v.tenant_id and r.workspace_id = v.workspace_id and r.version_id = v.id)
    and exists (select from econsent.effects e where e.tenant_id = v.tenant_id and e.workspace_id = v.workspace_id
      and e.version_id = v.id and (e.site_id is null or e.site_id = site) and e.effective_from <= (clock_timestamp() at time zone 'UTC')::date)
  order by v.number desc limit 1
$$;
revoke execute on function econsent.in_force(uuid, uuid, text) from public;
grant execute on function econsent.in_force(uuid, uuid, text) to :app;

-- An entry belongs to a try that fitted, of a code of the same invitation.
create function econsent.keep_entry() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (
    select from econsent.tries t
    join econsent.codes c on c.tenant_id = t.tenant_id and c.workspace_id = t.workspace_id and c.id = t.code_id
    join econsent.invitations i on i.tenant_id = c.tenant_id and i.workspace_id = c.workspace_id and i.id = c.invitation_id
    where t.tenant_id = new.tenant_id and t.workspace_id = new.workspace_id and t.id = new.try_id and t.fits
      and i.id = new.invitation_id and i.signer_id is not distinct from new.signer_id and i.method = new.method
      and i.subject_id = new.subject_id and i.until_at > clock_timestamp()) then
    raise exception 'nobody enters without the code of his own invitation' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep_entry before insert on econsent.entries for each row execute function econsent.keep_entry();

create function econsent.keep_try() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select from econsent.codes c where c.tenant_id = new.tenant_id and c.workspace_id = new.workspace_id
    and c.id = new.code_id and c.until_at > clock_timestamp()) then
    raise exception 'that code is over' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep_try before insert on econsent.tries for each row execute function econsent.keep_try();

create function econsent.keep_code() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if old.posted_at is not null
    or (new.tenant_id, new.workspace_id, new.id, new.invitation_id, new.subject_id, new.ordinal, new.until_at, new.made_at, new.made_by)
       is distinct from (old.tenant_id, old.workspace_id, old.id, old.invitation_id, old.subject_id, old.ordinal, old.until_at, old.made_at, old.made_by) then
    raise exception 'a code is posted once and otherwise stays as it was made' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep_code before update on econsent.codes for each row execute function econsent.keep_code();

-- A signature comes after those before it, on the version that is in force, on its very words, and while nothing holds it.
create function econsent.keep_signature() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  c econsent.consents;
  s econsent.signers;
begin
  select * into c from econsent.consents x where x.tenant_id = new.tenant_id and x.workspace_id = new.workspace_id and x.id = new.consent_id;
  select * into s from econsent.signers x where x.tenant_id = new.tenant_id and x.workspace_id = new.workspace_id and x.id = new.signer_id;
  if c.id is null or s.consent_id is distinct from c.id or s.role is distinct from new.role
    or s.subject_id is distinct from new.subject_id or c.subject_id is distinct from new.subject_id then
    raise exception 'a signature belongs to a signer of its own consent' using errcode = '42501';
  end if;
  if new.document_sha256 is distinct from (select p.sha256 from econsent.publications p
    join econsent.versions v on v.tenant_id = p.tenant_id and v.workspace_id = p.workspace_id and v.id = p.version_id
    where p.tenant_id = new.tenant_id and p.workspace_id = new.workspace_id and p.version_id = new.version_id
      and v.document_id = c.document_id) then
    raise exception 'what is signed is a published version, in its own words' using errcode = '42501';
  end if;
  if exists (select from econsent.declines d where d.tenant_id = new.tenant_id and d.workspace_id = new.workspace_id and d.consent_id = c.id) then
    raise exception 'what was declined or closed is not signed' using errcode = '42501';
  end if;
  if exists (
    select from econsent.signers o where o.tenant_id = new.tenant_id and o.workspace_id = new.workspace_id and o.consent_id = c.id
      and o.place < s.place and not exists (select from econsent.signatures g
        where g.tenant_id = o.tenant_id and g.workspace_id = o.workspace_id and g.signer_id = o.id and g.version_id = new.version_id)) then
    raise exception 'those who sign first have not signed this version yet' using errcode = '42501';
  end if;
  if exists (select from econsent.signatures g where g.tenant_id = new.tenant_id and g.workspace_id = new.workspace_id
      and g.consent_id = c.id and g.version_id <> new.version_id) then
    raise exception 'all sign the same version' using errcode = '42501';
  end if;
  if new.way in ('typed', 'drawn') then
    if new.version_id is distinct from econsent.in_force(c.document_id, c.site_id, c.language)
      or not exists (select from econsent.readings r where r.tenant_id = new.tenant_id and r.workspace_id = new.workspace_id
        and r.id = new.reading_id and r.signer_id = new.signer_id and r.version_id = new.version_id) then
      raise exception 'the version that was read is not in force any more' using errcode = '42501';
    end if;
    if exists (select from econsent.questions q where q.tenant_id = new.tenant_id and q.workspace_id = new.workspace_id
        and q.consent_id = c.id and q.holds and not exists (select from econsent.replies a
          where a.tenant_id = q.tenant_id and a.workspace_id = q.workspace_id and a.question_id = q.id)) then
      raise exception 'a question waits for its answer' using errcode = '42501';
    end if;
  end if;
  return new;
end $$;
create trigger keep_signature before insert on econsent.signatures for each row execute function econsent.keep_signature();

create function econsent.keep_completion() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if exists (select from econsent.signers o where o.tenant_id = new.tenant_id and o.workspace_id = new.workspace_id
      and o.consent_id = new.consent_id and not exists (select from econsent.signatures g
        where g.tenant_id = o.tenant_id and g.workspace_id = o.workspace_id and g.signer_id = o.id and g.version_id = new.version_id)) then
    raise exception 'a consent takes effect with its last signature' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep_completion before insert on econsent.completions for each row execute function econsent.keep_completion();

create function econsent.keep_standing() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if new.completion_id is not null and not exists (select from econsent.completions k where k.tenant_id = new.tenant_id
    and k.workspace_id = new.workspace_id and k.id = new.completion_id and k.subject_id = new.subject_id) then
    raise exception 'only a consent that took effect gives anything' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep_standing before insert on econsent.standings for each row execute function econsent.keep_standing();

-- ── Who reaches what ────────────────────────────────────────────────────────────────────────────────────────────────

do $$
declare t text;
begin
  -- Documents are the workspace's. Whoever came by a link reads what was published.
  foreach t in array array['documents', 'versions', 'texts', 'proposals', 'effects', 'retirements', 'publications'] loop
    perform core.protect(format('econsent.%I', t)::regclass, format('{"scope":"workspace",
      "select":[{"may":"econsent.documents.read"}], "insert":[{"may":"%s"}]}',
      case t when 'publications' then 'econsent.documents.publish' when 'effects' then 'econsent.documents.publish'
        when 'retirements' then 'econsent.documents.publish' else 'econsent.documents.write' end)::jsonb);
  end loop;
  foreach t in array array['documents', 'publications', 'effects', 'retirements'] loop
    execute format('create policy reach_select_by_link on econsent.%I for select to :app
      using ((select exists (select from core.live_reach(''econsent.own''))))', t);
  end loop;
end $$;
create policy reach_select_by_link on econsent.versions for select to :app
  using ((select exists (select from core.live_reach('econsent.own'))) and id in (select version_id from econsent.publications));
create policy reach_select_by_link on econsent.texts for select to :app
  using ((select exists (select from core.live_reach('econsent.own'))) and id in (select text_id from econsent.publications));

select core.protect('econsent.consents', '{"scope": "workspace", "subject": "subject_id", "select": [{"may": "econsent.status.read"}, {"may": "econsent.own"}], "insert": [{"may": "econsent.obtain"}]}');
select core.protect('econsent.signers', '{"scope": "workspace", "subject": "subject_id", "select": [{"may": "econsent.status.read"}, {"may": "econsent.own"}], "insert": [{"may": "econsent.obtain"}]}');
select core.protect('econsent.invitations', '{"scope": "workspace", "subject": "subject_id", "select": [{"may": "econsent.status.read"}, {"may": "econsent.own"}], "insert": [{"may": "econsent.obtain"}]}');
select core.protect('econsent.codes', '{"scope": "workspace", "subject": "subject_id", "select": [{"may": "econsent.own"}, {"may": "econsent.obtain"}, {"may": "econsent.codes.post"}], "insert": [{"may": "econsent.obtain"}, {"may": "econsent.own", "when": "code is null and invitation_id in (select id from econsent.invitations where link_id = (select core.link()))"}], "update": [{"may": "econsent.codes.post"}]}');
select core.protect('econsent.tries', '{"scope": "workspace", "subject": "subject_id", "select": [{"may": "econsent.own"}, {"may": "econsent.status.read"}], "insert": [{"may": "econsent.own", "when": "code_id in (select c.id from econsent.codes c join econsent.invitations i on i.tenant_id = c.tenant_id and i.workspace_id = c.workspace_id and i.id = c.invitation_id where i.link_id = (select core.link()))"}]}');
select core.protect('econsent.entries', '{"scope": "workspace", "subject": "subject_id", "select": [{"may": "econsent.status.read"}, {"may": "econsent.own"}], "insert": [{"may": "econsent.own", "when": "invitation_id in (select id from econsent.invitations where link_id = (select core.link()))"}]}');
select core.protect('econsent.readings', '{"scope": "workspace", "subject": "subject_id", "select": [{"may": "econsent.status.read"}, {"may": "econsent.own"}], "insert": [{"may": "econsent.own", "when": "signer_id = (select econsent.signer_here())"}]}');
select core.protect('econsent.steps', '{"scope": "workspace", "subject": "subject_id", "select": [{"may": "econsent.status.read"}, {"may": "econsent.own"}], "insert": [{"may": "econsent.own", "when": "signer_id = (select econsent.signer_here()) and kind <> ''talked''"}, {"may": "econsent.obtain", "when": "kind = ''talked''"}]}');
select core.protect('econsent.questions', '{"scope": "workspace", "subject": "subject_id", "select": [{"may": "econsent.status.read"}, {"may": "econsent.own"}], "insert": [{"may": "econsent.own", "when": "signer_id = (select econsent.signer_here())"}]}');
select core.protect('econsent.replies', '{"scope": "workspace", "subject": "subject_id", "select": [{"may": "econsent.status.read"}, {"may": "econsent.own"}], "insert": [{"may": "econsent.obtain"}]}');
select core.protect('econsent.declines', '{"scope": "workspace", "subject": "subject_id", "select": [{"may": "econsent.status.read"}, {"may": "econsent.own"}], "insert": [{"may": "econsent.own", "when": "signer_id = (select econsent.signer_here())"}, {"may": "econsent.obtain", "when": "signer_id is null"}]}');
select core.protect('econsent.signatures', '{"scope": "workspace", "subject": "subject_id", "select": [{"may": "econsent.status.read"}, {"may": "econsent.own"}], "insert": [{"may": "econsent.own", "when": "signer_id = (select econsent.signer_here()) and way in (''typed'', ''drawn'')"}, {"may": "econsent.obtain", "when": "way = ''paper''"}, {"may": "econsent.countersign", "when": "way = ''password'' and made_by = (select core.actor())"}]}');
select core.protect('econsent.papers', '{"scope": "workspace", "subject": "subject_id", "select": [{"may": "econsent.identities.read"}, {"may": "econsent.own"}], "insert": [{"may": "econsent.obtain"}]}');
select core.protect('econsent.completions', '{"scope": "workspace", "subject": "subject_id", "select": [{"may": "econsent.status.read"}, {"may": "econsent.own"}], "insert": [{"may": "econsent.own", "when": "consent_id in (select consent_id from econsent.signatures where signer_id = (select econsent.signer_here()))"}, {"may": "econsent.countersign"}, {"may": "econsent.obtain", "when": "consent_id in (select consent_id from econsent.signatures where way = ''paper'')"}]}');
select core.protect('econsent.standings', '{"scope": "workspace", "subject": "subject_id", "select": [{"may": "core.subjects.read"}], "insert": [{"may": "econsent.own"}, {"may": "econsent.countersign"}, {"may": "econsent.obtain"}, {"may": "econsent.withdraw", "when": "state = ''withdrawn''"}]}');
select core.protect('econsent.withdrawals', '{"scope": "workspace", "subject": "subject_id", "select": [{"may": "econsent.status.read"}, {"may": "econsent.own"}], "insert": [{"may": "econsent.own", "when": "told = ''portal''"}, {"may": "econsent.withdraw", "when": "told <> ''portal''"}]}');
select core.protect('econsent.reconsents', '{"scope": "workspace", "subject": "subject_id", "select": [{"may": "core.subjects.read"}], "insert": [{"may": "econsent.waves"}]}');
select core.protect('econsent.reminders', '{"scope": "workspace", "subject": "subject_id", "select": [{"may": "econsent.status.read"}], "insert": [{"may": "econsent.waves"}]}');

-- Coaching by text message: members, their consent, what came in, what went out, who speaks, and who was called.
--
-- What a member or a coach wrote lies sealed under the member's own key (bytea); a number that no member has, under the
-- service's. Readings stand under the member's code, as numbers. Ledgers (consent, messages, steps of an incident) are
-- rows that are never changed; a conversation, an incident and a text on its way are rows that move, forwards only.
-- `coaching.work` is the permission of the service's own machinery: no role holds it.

create schema coaching;
grant usage on schema coaching to :app, :backup;

-- ── Members ─────────────────────────────────────────────────────────────────────────────────────────────────────────

create table coaching.members (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  locale text not null check (locale in ('en', 'es')),
  zone text not null check (length(zone) between 1 and 60),
  unit text check (unit in ('mg/dL', 'mmol/L')),   -- null: nobody has said which the meter shows
  type1 boolean not null default false,
  pump boolean not null default false,
  pregnant boolean not null default false,
  window_from text not null default '08:00' check (window_from ~ '^\d\d:\d\d$'),
  window_until text not null default '21:00' check (window_until ~ '^\d\d:\d\d$'),
  replies text not null default 'off' check (replies in ('off', 'draft', 'auto')),   -- what a model may do here
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, subject_id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);

-- What was shown, word for word; the ledger names it by its hash.
create table coaching.disclosures (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  locale text not null check (locale in ('en', 'es')),
  body text not null check (length(body) between 1 and 2000),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, sha256),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id)
);

create table coaching.consent_events (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  kind text not null check (kind in ('invited', 'disclosed', 'given', 'declined', 'opted-out', 'opted-in-again', 'paused',
    'resumed', 'number-invalid', 'number-verified', 'discharged', 'deceased')),
  at timestamptz not null default clock_timestamp(),
  source text not null check (source in ('sms', 'paper', 'portal', 'voice', 'email', 'coach', 'provider-list')),
  text_sha256 text check (text_sha256 ~ '^[0-9a-f]{64}$'),
  words bytea,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  check (kind <> 'disclosed' or text_sha256 is not null),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index consent_events_of_subject on coaching.consent_events (tenant_id, workspace_id, subject_id);

-- The numbers that members text; the newest that stands is the one that texts go out from.
create table coaching.numbers (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  phone text not null check (phone ~ '^\+[1-9]\d{7,14}$'),
  kind text not null check (kind in ('toll-free', 'local', 'short')),
  registered_as text check (length(registered_as) <= 200),   -- campaign or toll-free verification, as the carrier calls it
  ended_at timestamptz,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, phone),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id)
);

-- ── In ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- One row for each text as a provider brought it. `raw` (from, body) lies under the service's key until it is known whose
-- it is, and goes when the message itself lies under the member's key.
create table coaching.inbound (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  provider text not null check (provider in ('aws', 'twilio', 'phone')),
  provider_id text not null check (length(provider_id) between 1 and 200),
  to_phone text not null,
  from_tag bytea,   -- blind: the same number has the same tag
  raw bytea,
  media int not null default 0,
  handled_by_provider text check (handled_by_provider in ('stop', 'start', 'help')),
  sent_at timestamptz not null,   -- the provider's clock; it decides the order
  stage text not null default 'received' check (stage in ('received', 'matched', 'classified', 'observed', 'routed', 'ignored')),
  why text,   -- of what was ignored
  subject_id uuid,
  matched_at timestamptz,
  classified_at timestamptz,
  observed_at timestamptz,
  routed_at timestamptz,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, provider, provider_id),
  check ((stage in ('routed', 'ignored')) = (raw is null)),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index inbound_of_subject on coaching.inbound (tenant_id, workspace_id, subject_id);
create index inbound_waiting on coaching.inbound (tenant_id, workspace_id, made_at) where stage not in ('routed', 'ignored');
create index inbound_of_tag on coaching.inbound (tenant_id, workspace_id, from_tag, made_at);

-- ── The conversation ────────────────────────────────────────────────────────────────────────────────────────────────

create table coaching.messages (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  direction text not null check (direction in ('in', 'out')),
  kind text not null check (kind in ('member', 'template', 'model', 'human', 'journey')),
  body bytea not null,
  at timestamptz not null default clock_timestamp(),
  inbound_id uuid,
  template text,
  locale text check (locale in ('en', 'es')),
  tier text,
  rules text[] not null default '{}',   -- which rules spoke, so that anyone can look them up
  rule_set text,   -- version and hash of the set that judged
  person_id uuid,   -- who wrote it
  reviewed_by uuid,   -- who read and approved what a model wrote
  licensed boolean not null default false,   -- and was licensed to (California H&S 1339.75)
  run_id uuid,   -- of the model
  media int not null default 0,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, inbound_id),
  check ((direction = 'in') = (kind = 'member')),
  check ((kind = 'human') = (person_id is not null)),
  foreign key (tenant_id, workspace_id, inbound_id) references coaching.inbound (tenant_id, workspace_id, id),
  foreign key (tenant_id, person_id) references core.persons (tenant_id, id),
  foreign key (tenant_id, reviewed_by) references core.persons (tenant_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index messages_of_subject on coaching.messages (tenant_id, workspace_id, subject_id);
create index messages_by_person_id on coaching.messages (tenant_id, person_id);
create index messages_by_reviewed_by on coaching.messages (tenant_id, reviewed_by);
create index messages_in_order on coaching.messages (tenant_id, workspace_id, subject_id, at desc);

create table coaching.conversations (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  status text not null default 'bot-active' check (status in ('bot-active', 'needs-human', 'human-active', 'crisis-locked', 'closed')),
  owner_id uuid,   -- null: the bot
  epoch int not null default 1,
  human_at timestamptz,
  last_in_at timestamptz,
  last_out_at timestamptz,
  waiting_since timestamptz,   -- the oldest message that nobody has answered
  tier text not null default 'none',   -- the most urgent that waits
  expecting text check (expecting in ('reading', 'another-number')),
  expecting_until timestamptz,
  quarantined_until timestamptz,   -- two machines that answer each other
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, subject_id),
  check (status <> 'human-active' or owner_id is not null),
  foreign key (tenant_id, owner_id) references core.persons (tenant_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index conversations_by_owner_id on coaching.conversations (tenant_id, owner_id);
create index conversations_waiting on coaching.conversations (tenant_id, workspace_id, waiting_since) where waiting_since is not null;

-- ── Out ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- One row for each text on its way. `cause` is what it answers to: the same cause never makes a second text. `sending`
-- is written before the provider is called; what is still `sending` after its lease may have gone out, and is never sent
-- again before a report, or the lack of one, tells.
create table coaching.outbox (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid,
  message_id uuid,
  cause text not null check (length(cause) between 1 and 200),
  purpose text not null check (purpose in ('safety', 'reply', 'proactive', 'compliance', 'human', 'page')),
  speaker text not null check (speaker in ('bot', 'safety', 'compliance', 'human')),
  epoch int,
  person_id uuid,
  strange bytea,   -- to and body of a text to a number that no member has, or to staff
  status text not null default 'queued' check (status in ('queued', 'held', 'sending', 'accepted', 'sent', 'unknown',
    'cancelled', 'expired', 'failed', 'undelivered', 'delivered')),
  why text,
  tries int not null default 0,
  next_at timestamptz not null default clock_timestamp(),
  until_at timestamptz not null,
  leased_until timestamptz,
  provider text,
  provider_id text,
  code text,   -- the provider's own word
  accepted_at timestamptz,
  settled_at timestamptz,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, cause),
  check ((strange is null) = (message_id is not null) or status in ('cancelled', 'expired', 'failed', 'undelivered', 'delivered', 'sent', 'accepted', 'unknown')),
  check (speaker <> 'bot' or epoch is not null),
  check (speaker <> 'human' or person_id is not null),
  check ((message_id is null) or subject_id is not null),
  foreign key (tenant_id, workspace_id, message_id) references coaching.messages (tenant_id, workspace_id, id),
  foreign key (tenant_id, person_id) references core.persons (tenant_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index outbox_of_subject on coaching.outbox (tenant_id, workspace_id, subject_id);
create index outbox_by_message_id on coaching.outbox (tenant_id, workspace_id, message_id);
create index outbox_by_person_id on coaching.outbox (tenant_id, person_id);
create index outbox_due on coaching.outbox (tenant_id, workspace_id, next_at) where status in ('queued', 'held', 'sending');
create index outbox_by_provider on coaching.outbox (tenant_id, workspace_id, provider, provider_id);

-- Reports as they came: late, twice, out of order. The outbox takes the higher of what is known.
create table coaching.receipts (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  provider text not null check (provider in ('aws', 'twilio', 'phone')),
  provider_id text not null check (length(provider_id) between 1 and 200),
  outbox_id uuid,
  status text not null,
  reason text,
  code text not null default '',
  at timestamptz,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, provider, provider_id, status, code),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id)
);
create index receipts_of_outbox on coaching.receipts (tenant_id, workspace_id, outbox_id);

-- ── Readings ────────────────────────────────────────────────────────────────────────────────────────────────────────

create table coaching.imports (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  source text not null check (source in ('meter-file', 'sensor-file')),
  filename text not null check (length(filename) <= 200),
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  rows int not null,
  readings int not null,
  repeated int not null default 0,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, subject_id, sha256),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index imports_of_subject on coaching.imports (tenant_id, workspace_id, subject_id);

create table coaching.readings (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  at timestamptz not null,
  local_at text not null,   -- in the member's own zone, as the meter or the clock on the wall shows it
  mgdl numeric(6, 2) check (mgdl between 10 and 1000),
  meter_word text check (meter_word in ('HI', 'LO')),
  meal text,
  source text not null check (source in ('text', 'meter-file', 'sensor-file')),
  tier text not null,
  message_id uuid,
  import_id uuid,
  superseded_by uuid,   -- a correction: this value was a slip of the thumb
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  check ((mgdl is null) <> (meter_word is null)),
  foreign key (tenant_id, workspace_id, message_id) references coaching.messages (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, import_id) references coaching.imports (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, superseded_by) references coaching.readings (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index readings_of_subject on coaching.readings (tenant_id, workspace_id, subject_id);
create index readings_by_message_id on coaching.readings (tenant_id, workspace_id, message_id);
create index readings_by_import_id on coaching.readings (tenant_id, workspace_id, import_id);
create index readings_by_superseded_by on coaching.readings (tenant_id, workspace_id, superseded_by);
create index readings_in_time on coaching.readings (tenant_id, workspace_id, subject_id, at desc);
create unique index readings_once on coaching.readings (tenant_id, workspace_id, subject_id, source, local_at, coalesce(mgdl, -1)) where import_id is not null;

-- Rows of a file that could not be read for certain: kept as they came, until a person has looked.
create table coaching.import_rows (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  import_id uuid not null,
  line int not null,
  text bytea not null,
  sentence text not null,
  meter_word text check (meter_word in ('HI', 'LO')),
  decision text check (decision in ('kept-as-word', 'set-aside')),
  decided_by uuid,
  decided_at timestamptz,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, import_id, line),
  foreign key (tenant_id, workspace_id, import_id) references coaching.imports (tenant_id, workspace_id, id),
  foreign key (tenant_id, decided_by) references core.persons (tenant_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index import_rows_of_subject on coaching.import_rows (tenant_id, workspace_id, subject_id);
create index import_rows_by_decided_by on coaching.import_rows (tenant_id, decided_by);

-- Asked for another reading after a low one; two silences are an emergency.
create table coaching.rechecks (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  message_id uuid not null,
  minutes int not null check (minutes between 1 and 120),
  asked int not null default 1,
  asked_at timestamptz not null,
  next_at timestamptz,
  answered_at timestamptz,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, message_id),
  foreign key (tenant_id, workspace_id, message_id) references coaching.messages (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index rechecks_of_subject on coaching.rechecks (tenant_id, workspace_id, subject_id);
create index rechecks_due on coaching.rechecks (tenant_id, workspace_id, next_at) where next_at is not null;

-- ── Incidents and tasks ─────────────────────────────────────────────────────────────────────────────────────────────

create table coaching.incidents (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  message_id uuid,
  cause text not null,
  tier text not null,
  role text not null check (role in ('coach', 'clinician', 'on-call', 'crisis')),
  locks boolean not null default false,   -- silences the bot until it is resolved
  acknowledge_minutes int not null check (acknowledge_minutes > 0),
  opened_at timestamptz not null default clock_timestamp(),
  status text not null default 'open' check (status in ('open', 'paged', 'acknowledged', 'contacted', 'resolved', 'reviewed')),
  rung text check (rung in ('coach', 'supervisor', 'medical-director', 'phone-tree')),
  next_page_at timestamptz,
  acknowledged_by uuid,
  acknowledged_at timestamptz,
  contact text check (contact in ('reached', 'not-reached', 'emergency-services', 'family-reached')),
  disposition text check (disposition in ('safe-at-home', 'sent-to-emergency', 'in-care', 'welfare-check', 'false-alarm', 'could-not-reach')),
  resolved_by uuid,
  resolved_at timestamptz,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, cause),
  check (status not in ('resolved', 'reviewed') or (contact is not null and disposition is not null and resolved_by is not null)),
  check (disposition is distinct from 'safe-at-home' or contact is distinct from 'not-reached'),
  foreign key (tenant_id, workspace_id, message_id) references coaching.messages (tenant_id, workspace_id, id),
  foreign key (tenant_id, acknowledged_by) references core.persons (tenant_id, id),
  foreign key (tenant_id, resolved_by) references core.persons (tenant_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index incidents_of_subject on coaching.incidents (tenant_id, workspace_id, subject_id);
create index incidents_by_message_id on coaching.incidents (tenant_id, workspace_id, message_id);
create index incidents_by_acknowledged_by on coaching.incidents (tenant_id, acknowledged_by);
create index incidents_by_resolved_by on coaching.incidents (tenant_id, resolved_by);
create index incidents_to_page on coaching.incidents (tenant_id, workspace_id, next_page_at) where next_page_at is not null;
create index incidents_open on coaching.incidents (tenant_id, workspace_id, opened_at) where status not in ('resolved', 'reviewed');

create table coaching.incident_steps (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  incident_id uuid not null,
  step text not null check (step in ('opened', 'paged', 'acknowledged', 'contacted', 'resolved', 'reviewed')),
  what text check (length(what) <= 200),   -- a rung, an outcome, a disposition
  note bytea,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, incident_id) references coaching.incidents (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index incident_steps_of_subject on coaching.incident_steps (tenant_id, workspace_id, subject_id);
create index incident_steps_by_incident_id on coaching.incident_steps (tenant_id, workspace_id, incident_id);

create table coaching.incident_pages (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  incident_id uuid not null,
  rung text not null,
  person_id uuid,
  channel text not null check (channel in ('mail', 'text', 'nobody')),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, incident_id) references coaching.incidents (tenant_id, workspace_id, id),
  foreign key (tenant_id, person_id) references core.persons (tenant_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index incident_pages_of_subject on coaching.incident_pages (tenant_id, workspace_id, subject_id);
create index incident_pages_by_incident_id on coaching.incident_pages (tenant_id, workspace_id, incident_id);
create index incident_pages_by_person_id on coaching.incident_pages (tenant_id, person_id);

-- Who is on duty, for which rung of the ladder, and where a page reaches him.
create table coaching.shifts (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  person_id uuid not null,
  rung text not null check (rung in ('coach', 'supervisor', 'medical-director', 'phone-tree')),
  from_at timestamptz not null,
  to_at timestamptz not null,
  phone bytea,
  ended_at timestamptz,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  check (to_at > from_at),
  foreign key (tenant_id, person_id) references core.persons (tenant_id, id),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id)
);
create index shifts_by_person_id on coaching.shifts (tenant_id, person_id);
create index shifts_now on coaching.shifts (tenant_id, workspace_id, rung, to_at);

create table coaching.tasks (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  cause text not null,
  kind text not null check (kind in ('reply', 'look', 'lows', 'call', 'draft', 'number', 'wrong-number', 'no-answer', 'undelivered', 'loop', 'import', 'follow-up')),
  tier text not null default 'none',
  due_at timestamptz not null,
  person_id uuid,   -- null: whoever coaches the member
  words bytea,
  done_at timestamptz,
  done_by uuid,
  outcome text check (length(outcome) <= 300),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, cause),
  check ((done_at is null) = (outcome is null)),
  foreign key (tenant_id, person_id) references core.persons (tenant_id, id),
  foreign key (tenant_id, done_by) references core.persons (tenant_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index tasks_of_subject on coaching.tasks (tenant_id, workspace_id, subject_id);
create index tasks_by_person_id on coaching.tasks (tenant_id, person_id);
create index tasks_by_done_by on coaching.tasks (tenant_id, done_by);
create index tasks_open on coaching.tasks (tenant_id, workspace_id, due_at) where done_at is null;

create table coaching.notes (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  body bytea not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index notes_of_subject on coaching.notes (tenant_id, workspace_id, subject_id);

create table coaching.handovers (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  from_id uuid not null,
  to_id uuid not null,
  body bytea not null,
  taken_at timestamptz,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, from_id) references core.persons (tenant_id, id),
  foreign key (tenant_id, to_id) references core.persons (tenant_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index handovers_of_subject on coaching.handovers (tenant_id, workspace_id, subject_id);
create index handovers_by_from_id on coaching.handovers (tenant_id, from_id);
create index handovers_by_to_id on coaching.handovers (tenant_id, to_id);

create table coaching.macros (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  title text not null check (length(title) between 1 and 60),
  en text not null check (length(en) between 1 and 320),
  es text not null check (length(es) between 1 and 320),
  ended_at timestamptz,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id)
);

-- ── Rules ───────────────────────────────────────────────────────────────────────────────────────────────────────────

create table coaching.rule_sets (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  version text not null check (length(version) between 1 and 60),
  content jsonb not null,
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  reason text not null check (length(reason) between 1 and 500),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, version),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id)
);

create table coaching.rule_signatures (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  rule_set_id uuid not null,
  sha256 text not null,
  texts_sha256 text not null,   -- the fixed texts that were read with it, in both languages
  name text not null,
  credentials text not null check (length(credentials) between 1 and 80),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, rule_set_id) references coaching.rule_sets (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id)
);
create index rule_signatures_by_rule_set_id on coaching.rule_signatures (tenant_id, workspace_id, rule_set_id);

-- ── Rules of the rows ───────────────────────────────────────────────────────────────────────────────────────────────

do $$
declare t text;
begin
  foreach t in array array['disclosures', 'consent_events', 'messages', 'receipts', 'imports', 'incident_steps',
    'incident_pages', 'notes', 'rule_sets', 'rule_signatures'] loop
    execute format('create trigger never_changed before update or delete on coaching.%I for each row execute function core.refuse_change()', t);
  end loop;
end $$;

-- A receipt may come before the answer that tells which text it is about; it is joined once.
drop trigger never_changed on coaching.receipts;
create function coaching.keep_receipt() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op = 'DELETE' or old.outbox_id is not null
    or (new.provider, new.provider_id, new.status, new.code) is distinct from (old.provider, old.provider_id, old.status, old.code) then
    raise exception 'a report stays as it came' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep before update or delete on coaching.receipts for each row execute function coaching.keep_receipt();

-- An incident goes forwards, and nobody closes one with words alone.
create function coaching.keep_incident() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  states text[] := array['open', 'paged', 'acknowledged', 'contacted', 'resolved', 'reviewed'];
begin
  if tg_op = 'DELETE' then raise exception 'an incident stays' using errcode = '42501'; end if;
  if array_position(states, new.status) < array_position(states, old.status)
    or (new.subject_id, new.tier, new.role, new.opened_at, new.cause, new.acknowledge_minutes) is distinct from
       (old.subject_id, old.tier, old.role, old.opened_at, old.cause, old.acknowledge_minutes)
    or (new.status in ('resolved', 'reviewed') and old.status not in ('contacted', 'resolved', 'reviewed'))
    or (old.disposition is not null and new.disposition is distinct from old.disposition) then
    raise exception 'an incident goes from open to reviewed, a step at a time, and its beginning stays' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep before update or delete on coaching.incidents for each row execute function coaching.keep_incident();

-- The epoch is what a text is checked against before it goes out: it never goes back, and a change of hands moves it.
create function coaching.keep_conversation() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if new.subject_id <> old.subject_id or new.epoch < old.epoch
    or (new.epoch = old.epoch and (new.owner_id, new.status) is distinct from (old.owner_id, old.status)) then
    raise exception 'a change of hands has an epoch of its own' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep before update on coaching.conversations for each row execute function coaching.keep_conversation();

-- What has left the house stays so: a text goes forwards only, and a final word is only ever followed by a truer one.
create function coaching.keep_text() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  ranks text[] := array['queued', 'held', 'sending', 'accepted', 'sent', 'unknown', 'cancelled', 'expired', 'failed', 'undelivered', 'delivered'];
begin
  if (new.cause, new.subject_id, new.message_id, new.purpose, new.speaker, new.epoch) is distinct from
     (old.cause, old.subject_id, old.message_id, old.purpose, old.speaker, old.epoch) then
    raise exception 'a text on its way stays what it is' using errcode = '42501';
  end if;
  -- From `sending` back to `queued`: only a provider's plain no allows it, which leaves its word in `code`.
  if array_position(ranks, new.status) < array_position(ranks, old.status)
    and not (old.status = 'held' and new.status = 'queued')
    and not (old.status = 'sending' and new.status in ('queued', 'held') and new.code is not null) then
    raise exception 'a text does not go back from % to %', old.status, new.status using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep before update on coaching.outbox for each row execute function coaching.keep_text();

-- ── Who reaches what ────────────────────────────────────────────────────────────────────────────────────────────────

select core.protect('coaching.members', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"coaching.members.read"}, {"may":"coaching.work"}, {"may":"coaching.own"}],
  "insert":[{"may":"coaching.members.manage"}], "update":[{"may":"coaching.members.manage"}, {"may":"coaching.members.care"}]}');
select core.protect('coaching.disclosures', '{"scope":"workspace",
  "select":[{"may":"coaching.rules.read"}, {"may":"coaching.work"}],
  "insert":[{"may":"coaching.work"}, {"may":"coaching.members.manage"}]}');
create policy reach_select_own on coaching.disclosures for select to :app
  using ((select core.actor()) is not null and sha256 in (select text_sha256 from coaching.consent_events));
select core.protect('coaching.consent_events', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"coaching.members.read"}, {"may":"coaching.work"}, {"may":"coaching.own"}],
  "insert":[{"may":"coaching.work"}, {"may":"coaching.members.manage"}, {"may":"coaching.members.care"}, {"may":"coaching.own"}]}');
select core.protect('coaching.numbers', '{"scope":"workspace",
  "select":[{"may":"coaching.rules.read"}, {"may":"coaching.work"}, {"may":"coaching.own"}],
  "insert":[{"may":"coaching.members.manage"}], "update":[{"may":"coaching.members.manage"}]}');
select core.protect('coaching.inbound', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"coaching.work"}, {"may":"coaching.phone", "when":"provider = ''phone'' and stage = ''received''"}],
  "insert":[{"may":"coaching.work"}, {"may":"coaching.phone"}], "update":[{"may":"coaching.work"}]}');
create policy wall_phone on coaching.inbound as restrictive for insert to :app
  with check (provider = 'phone' or (select core.reaches('coaching.work')));
select core.protect('coaching.messages', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"coaching.messages.read"}, {"may":"coaching.work"}, {"may":"coaching.own"}],
  "insert":[{"may":"coaching.work"}, {"may":"coaching.messages.write", "when":"kind = ''human'' and person_id = (select core.actor())"}]}');
select core.protect('coaching.conversations', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"coaching.members.read"}, {"may":"coaching.work"}],
  "insert":[{"may":"coaching.members.manage"}],
  "update":[{"may":"coaching.work"}, {"may":"coaching.messages.write"}, {"may":"coaching.members.care"}, {"may":"coaching.members.manage"}]}');
select core.protect('coaching.outbox', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"coaching.messages.read"}, {"may":"coaching.work"}, {"may":"coaching.members.manage"}],
  "insert":[{"may":"coaching.work"}, {"may":"coaching.messages.write"}, {"may":"coaching.members.manage"}, {"may":"coaching.members.care"}],
  "update":[{"may":"coaching.work"}, {"may":"coaching.messages.write"}, {"may":"coaching.members.manage"}]}');
select core.protect('coaching.receipts', '{"scope":"workspace",
  "select":[{"may":"coaching.work"}, {"may":"coaching.supervise"}],
  "insert":[{"may":"coaching.work"}], "update":[{"may":"coaching.work"}]}');
select core.protect('coaching.imports', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"coaching.readings.read"}, {"may":"coaching.own"}], "insert":[{"may":"coaching.readings.manage"}]}');
select core.protect('coaching.readings', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"coaching.readings.read"}, {"may":"coaching.work"}, {"may":"coaching.own"}],
  "insert":[{"may":"coaching.work"}, {"may":"coaching.readings.manage"}],
  "update":[{"may":"coaching.work"}, {"may":"coaching.readings.manage"}]}');
select core.protect('coaching.import_rows', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"coaching.readings.read"}], "insert":[{"may":"coaching.readings.manage"}], "update":[{"may":"coaching.readings.manage"}]}');
select core.protect('coaching.rechecks', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"coaching.messages.read"}, {"may":"coaching.work"}], "insert":[{"may":"coaching.work"}], "update":[{"may":"coaching.work"}]}');
select core.protect('coaching.incidents', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"coaching.incidents.read"}, {"may":"coaching.work"}],
  "insert":[{"may":"coaching.work"}, {"may":"coaching.incidents.answer"}],
  "update":[{"may":"coaching.work"}, {"may":"coaching.incidents.answer"}]}');
-- Closing is a clinician's, in the database too.
create policy wall_close on coaching.incidents as restrictive for update to :app
  using (true) with check (status not in ('resolved', 'reviewed') or (select core.reaches('coaching.incidents.resolve')));
select core.protect('coaching.incident_steps', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"coaching.incidents.read"}, {"may":"coaching.work"}],
  "insert":[{"may":"coaching.work"}, {"may":"coaching.incidents.answer"}]}');
select core.protect('coaching.incident_pages', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"coaching.incidents.read"}, {"may":"coaching.work"}], "insert":[{"may":"coaching.work"}]}');
select core.protect('coaching.shifts', '{"scope":"workspace", "mine":"person_id",
  "select":[{"may":"coaching.rules.read"}, {"may":"coaching.work"}],
  "insert":[{"may":"coaching.duty"}], "update":[{"may":"coaching.duty"}]}');
select core.protect('coaching.tasks', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"coaching.tasks"}, {"may":"coaching.work"}],
  "insert":[{"may":"coaching.work"}, {"may":"coaching.tasks"}], "update":[{"may":"coaching.work"}, {"may":"coaching.tasks"}]}');
select core.protect('coaching.notes', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"coaching.messages.read"}], "insert":[{"may":"coaching.messages.write"}]}');
select core.protect('coaching.handovers', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"coaching.messages.read"}], "insert":[{"may":"coaching.messages.write"}], "update":[{"may":"coaching.messages.write"}]}');
select core.protect('coaching.macros', '{"scope":"workspace",
  "select":[{"may":"coaching.rules.read"}], "insert":[{"may":"coaching.supervise"}], "update":[{"may":"coaching.supervise"}]}');
select core.protect('coaching.rule_sets', '{"scope":"workspace",
  "select":[{"may":"coaching.rules.read"}, {"may":"coaching.work"}], "insert":[{"may":"coaching.rules.write"}]}');
select core.protect('coaching.rule_signatures', '{"scope":"workspace",
  "select":[{"may":"coaching.rules.read"}, {"may":"coaching.work"}], "insert":[{"may":"coaching.rules.sign"}]}');

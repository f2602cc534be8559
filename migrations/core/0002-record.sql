-- The record: one row a request, written in the request's own transaction, never changed and never removed.
-- xid, era and the leaf columns of the sealing issue stand ready: sealing takes rows by transaction id (security.md §2.3).

create sequence core.audit_number;

create table core.audit_events (
  -- tenant_id, workspace_id, actor_kind and actor_id are filled in by core.sign_record below
  tenant_id uuid not null,
  id bigint not null default nextval('core.audit_number'),
  era int not null default 1,
  xid xid8 not null default pg_current_xact_id(),
  at timestamptz not null default clock_timestamp(),
  workspace_id uuid,
  actor_kind text not null default 'nobody',
  actor_id uuid,
  actor_name text not null,
  session_ref text,               -- the first characters of the session's hash: joins rows, opens nothing
  ip inet,
  agent text,                     -- a hash of the browser's self-description
  request_id uuid not null,
  act text not null,              -- "POST /w/:workspace/milestones/evaluations/:id"
  permission text,
  event text,                     -- "milestones.evaluation_submitted"; null for a plain view
  sentence text not null,
  outcome text not null check (outcome in ('done', 'refused', 'failed')),
  status int not null,
  subjects uuid[] not null default '{}',
  -- {"milestones.evaluations": {"columns": ["id", …], "rows": ["…"], "count": 12, "filter": "…"}}
  read jsonb not null default '{}',
  changed jsonb not null default '{}',
  detail jsonb not null default '{}',
  primary key (tenant_id, id)
);
create index audit_by_time on core.audit_events (tenant_id, workspace_id, at desc);
create index audit_by_actor on core.audit_events (tenant_id, actor_id, at desc);
create index audit_by_subject on core.audit_events using gin (subjects);

select core.protect('core.audit_events', '{"scope":"tenant", "mine":"actor_id", "select":[{"may":"core.audit.read"}]}');
create policy wall_place on core.audit_events as restrictive for select to :app
  using ((select core.workspace()) is null or workspace_id = (select core.workspace()));
-- Writing the record needs no permission, only a true context. Who, when and where cannot be given by the writer at all:
-- those columns are not granted, a trigger takes them from the signed context, read once for the four of them, and the
-- time is the database's clock. The policy compares them once more.
create policy append on core.audit_events for insert to :app
  with check (array[coalesce(workspace_id::text, ''), actor_kind, coalesce(actor_id::text, '')] = (select (core.context())[4:6]));
create function core.sign_record() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  c text[] := core.context();
begin
  -- At the door there is no context yet: core.record_at_door says who it is.
  if c is null then return new; end if;
  new.tenant_id := c[3]::uuid;
  new.workspace_id := nullif(c[4], '')::uuid;
  new.actor_kind := c[5];
  new.actor_id := nullif(c[6], '')::uuid;
  return new;
end $$;
create trigger signed before insert on core.audit_events for each row execute function core.sign_record();
grant insert (actor_name, session_ref, ip, agent, request_id, act, permission, event, sentence, outcome, status, subjects,
  read, changed, detail) on core.audit_events to :app;
grant usage on sequence core.audit_number to :app, :keeper;
grant select, insert on core.audit_events to :keeper;
create policy keeper on core.audit_events for insert to :keeper with check (true);

create trigger never_changed before update or delete on core.audit_events for each row execute function core.refuse_change();
create trigger never_emptied before truncate on core.audit_events for each statement execute function core.refuse_change();

-- Refusals of people without a session, counted by minute so that an attacker cannot fill the disk.
create table core.refusals (
  tenant_id uuid not null references core.tenants,
  minute timestamptz not null,
  ip inet not null,
  act text not null,
  status int not null,
  times bigint not null default 1,
  first_at timestamptz not null default clock_timestamp(),
  last_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, minute, ip, act, status)
);
select core.protect('core.refusals', '{"scope":"tenant", "select":[{"may":"core.audit.read"}]}');
create policy keeper on core.refusals to :keeper using (true) with check (true);
grant select, insert, update on core.refusals to :keeper;

create function core.note_refusal(tenant uuid, from_ip inet, what text, code int) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
  insert into core.refusals as r (tenant_id, minute, ip, act, status)
  values (tenant, date_trunc('minute', clock_timestamp()), from_ip, left(what, 200), code)
  on conflict (tenant_id, minute, ip, act, status)
  do update set times = r.times + 1, last_at = clock_timestamp()
$$;
revoke execute on function core.note_refusal(uuid, inet, text, int) from public;
grant execute on function core.note_refusal(uuid, inet, text, int) to :door;
alter function core.note_refusal(uuid, inet, text, int) owner to :keeper;

-- Every file that left the building.
create table core.exports (
  tenant_id uuid not null default core.tenant(),
  id uuid not null default gen_random_uuid(),
  workspace_id uuid default core.workspace(),
  name text not null,             -- the export's name in its module's manifest
  filename text not null,
  format text not null check (format in ('pdf', 'csv', 'xlsx', 'json', 'xml', 'txt', 'zip')),
  sha256 bytea not null,
  bytes bigint not null,
  rows bigint not null,
  row_digest bytea,               -- digest of the ids in it, in order
  reason text,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid not null default core.actor(),
  primary key (tenant_id, id)
);
create index exports_by_time on core.exports (tenant_id, workspace_id, made_at desc);
select core.protect('core.exports', '{"scope":"tenant", "mine":"made_by",
  "select":[{"may":"core.exports.read"}]}');
create policy wall_place on core.exports as restrictive for select to :app
  using ((select core.workspace()) is null or workspace_id = (select core.workspace()));
create policy append on core.exports for insert to :app
  with check (made_by = (select core.actor()) and workspace_id is not distinct from (select core.workspace()));
grant insert (id, name, filename, format, sha256, bytes, rows, row_digest, reason) on core.exports to :app;
create trigger never_changed before update or delete on core.exports for each row execute function core.refuse_change();
create trigger never_emptied before truncate on core.exports for each statement execute function core.refuse_change();

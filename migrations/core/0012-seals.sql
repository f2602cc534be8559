-- The seals over the record: a Merkle tree for each institution (RFC 6962), a log of their heads, and signed checkpoints
-- of that log (security.md §2.3). Written by the sealer alone; nothing of it is ever changed.

-- Where sealing stands. An era ends when the rows move to another cluster, whose transaction ids begin anew.
create table core.audit_state (
  one boolean primary key default true check (one),
  origin text,                       -- the log's name in its checkpoints, kept from the first one on
  era int not null default 1,
  system_id text,                    -- pg_control_system().system_identifier of the cluster that is being sealed
  watermark xid8 not null default '0', -- every event of this era below it is sealed
  complete_at timestamptz,           -- when the last round began that left nothing behind
  log_size bigint not null default 0,
  log_frontier bytea not null default ''
);
insert into core.audit_state default values;

create table core.audit_checkpoints (
  id bigint primary key,
  era int not null,
  at timestamptz not null,
  complete_at timestamptz,
  log_size bigint not null,
  note text not null                 -- with its signature, as a witness gets it
);
create index checkpoints_by_size on core.audit_checkpoints (log_size);

create table core.audit_leaves (
  tenant_id uuid not null,
  seq bigint not null,               -- counted from 0
  event_id bigint not null,
  checkpoint bigint not null,        -- the first that covers it
  hash bytea not null check (length(hash) = 32),
  locator bytea not null,            -- finds what was altered; proves nothing
  primary key (tenant_id, seq),
  unique (tenant_id, event_id)
);
select core.protect('core.audit_leaves', '{"scope":"tenant", "select":[{"may":"core.audit.read"}]}');

create table core.audit_trees (
  tenant_id uuid primary key,
  size bigint not null,
  frontier bytea not null,
  root bytea not null
);
select core.protect('core.audit_trees', '{"scope":"tenant"}');

-- One row whenever an institution's tree has grown: the leaves of the log that the checkpoints sign.
create table core.audit_heads (
  tenant_id uuid not null,
  position bigint not null,
  checkpoint bigint not null,
  size bigint not null,
  root bytea not null,
  primary key (tenant_id, position)
);
create index heads_in_order on core.audit_heads (position);
create index heads_by_size on core.audit_heads (tenant_id, size);
select core.protect('core.audit_heads', '{"scope":"tenant"}');

create index audit_to_seal on core.audit_events (era, xid, id);

grant select on core.audit_checkpoints to :app;
grant select on core.audit_state, core.audit_checkpoints to :backup;
grant select, update on core.audit_state to :sealer;
grant select, insert on core.audit_checkpoints, core.audit_leaves, core.audit_heads to :sealer;
grant select, insert, update on core.audit_trees to :sealer;
grant select on core.audit_events, core.tenants to :sealer;
do $$
declare t text;
begin
  foreach t in array array['audit_leaves', 'audit_trees', 'audit_heads'] loop
    execute format('create policy sealer on core.%I to :sealer using (true) with check (true)', t);
  end loop;
  foreach t in array array['audit_events', 'tenants'] loop
    execute format('create policy sealer on core.%I for select to :sealer using (true)', t);
  end loop;
  foreach t in array array['audit_leaves', 'audit_heads', 'audit_checkpoints'] loop
    execute format('create trigger never_changed before update or delete on core.%I for each row execute function core.refuse_change()', t);
    execute format('create trigger never_emptied before truncate on core.%I for each statement execute function core.refuse_change()', t);
  end loop;
end $$;

-- ── Retention: seven years at least, never under a legal hold, two people ───────────────────────────────────────────

create table core.legal_holds (
  tenant_id uuid not null default core.tenant() references core.tenants,
  id uuid not null default gen_random_uuid(),
  reason text not null check (length(reason) between 3 and 2000),
  placed_at timestamptz not null default clock_timestamp(),
  placed_by uuid default core.actor(),
  lifted_at timestamptz,
  lifted_by uuid,
  primary key (tenant_id, id)
);
select core.protect('core.legal_holds', '{"scope":"tenant", "select":[{"may":"core.audit.read"}],
  "insert":[{"may":"core.audit.hold"}], "update":[{"may":"core.audit.hold"}]}');
-- Who and when are no business of the writer's: a hold is placed by its reason, and lifted by touching lifted_at.
revoke insert, update on core.legal_holds from :app;
grant insert (reason) on core.legal_holds to :app;
grant update (lifted_at) on core.legal_holds to :app;
create function core.lift_hold() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if old.lifted_at is not null then
    raise exception 'this hold has been lifted already' using errcode = '42501';
  end if;
  new := old;
  new.lifted_at := clock_timestamp();
  new.lifted_by := core.actor();
  return new;
end $$;
revoke execute on function core.lift_hold() from public;
create trigger lifted_once before update on core.legal_holds for each row execute function core.lift_hold();
create trigger never_removed before delete on core.legal_holds for each row execute function core.refuse_change();

create table core.retirements (
  tenant_id uuid not null references core.tenants,
  id uuid not null default gen_random_uuid(),
  before timestamptz not null,
  through_seq bigint not null,       -- leaves below it have lost their events; hashes stay, so every proof still holds
  events bigint not null,
  archive_sha256 bytea not null check (length(archive_sha256) = 32),
  reason text not null check (length(reason) between 3 and 2000),
  first_approver uuid not null,
  second_approver uuid not null,
  at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, id),
  foreign key (tenant_id, first_approver) references core.persons (tenant_id, id),
  foreign key (tenant_id, second_approver) references core.persons (tenant_id, id),
  check (first_approver <> second_approver)
);
create index retirements_by_leaf on core.retirements (tenant_id, through_seq);
select core.protect('core.retirements', '{"scope":"tenant", "select":[{"may":"core.audit.read"}]}');
grant select on core.retirements to :sealer;
create policy sealer on core.retirements for select to :sealer using (true);
create trigger never_changed before update or delete on core.retirements for each row execute function core.refuse_change();
create trigger never_emptied before truncate on core.retirements for each statement execute function core.refuse_change();

-- The floor. It is asked for each row, whoever deletes: an event goes only when it is over seven years old, its
-- institution is under no hold, and a retirement by two people covers it.
create function core.guard_record() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op = 'DELETE' and old.at < clock_timestamp() - interval '7 years'
    and not exists (select from core.legal_holds h where h.tenant_id = old.tenant_id and h.lifted_at is null)
    and exists (select from core.audit_leaves l join core.retirements r on r.tenant_id = l.tenant_id and l.seq < r.through_seq
      where l.tenant_id = old.tenant_id and l.event_id = old.id) then
    return old;
  end if;
  raise exception 'rows of %.% are never changed or removed', tg_table_schema, tg_table_name using errcode = '42501';
end $$;
revoke execute on function core.guard_record() from public;
drop trigger never_changed on core.audit_events;
create trigger never_changed before update or delete on core.audit_events for each row execute function core.guard_record();

-- The leaves that a retirement up to `before` would cover: an unbroken beginning of the tree, all of it old enough.
create function core.retirable(tenant uuid, before timestamptz) returns bigint
language sql stable set search_path = pg_catalog, pg_temp set enable_nestloop = off as $$
  select coalesce(
    (select min(l.seq) from core.audit_leaves l join core.audit_events e on e.tenant_id = l.tenant_id and e.id = l.event_id
      where l.tenant_id = tenant and e.at >= before),
    (select t.size from core.audit_trees t where t.tenant_id = tenant), 0)
$$;

-- Run by the owner, for `cairn audit retire`. The caller has verified the archive.
create function core.retire_record(tenant uuid, before timestamptz, first uuid, second uuid, archive bytea, why text)
returns bigint language plpgsql set search_path = pg_catalog, pg_temp set enable_nestloop = off as $$
declare
  through bigint;
  gone bigint;
begin
  if before > clock_timestamp() - interval '7 years' then
    raise exception 'events are kept for seven years at least: nothing after % can be retired', to_char(clock_timestamp() - interval '7 years', 'YYYY-MM-DD')
      using errcode = '42501';
  end if;
  if exists (select from core.legal_holds h where h.tenant_id = tenant and h.lifted_at is null) then
    raise exception 'this institution is under a legal hold: nothing of its record can be retired' using errcode = '42501';
  end if;
  if first = second or 2 <> (select count(*) from core.persons p where p.tenant_id = tenant and p.id in (first, second) and p.status = 'active') then
    raise exception 'a retirement needs two different people of the institution with active accounts' using errcode = '42501';
  end if;
  through := core.retirable(tenant, before);
  insert into core.retirements (tenant_id, before, through_seq, events, archive_sha256, reason, first_approver, second_approver)
  select tenant, before, through, count(*), archive, why, first, second
  from core.audit_leaves l join core.audit_events e on e.tenant_id = l.tenant_id and e.id = l.event_id
  where l.tenant_id = tenant and l.seq < through;
  delete from core.audit_events e using core.audit_leaves l
  where l.tenant_id = tenant and l.seq < through and e.tenant_id = tenant and e.id = l.event_id;
  get diagnostics gone = row_count;
  insert into core.audit_events (tenant_id, workspace_id, actor_kind, actor_id, actor_name, request_id, act, event, sentence, outcome, status, detail)
  values (tenant, null, 'system', null, 'Cairn', gen_random_uuid(), 'cairn audit retire', 'core.record_retired',
    format('%s events of the record before %s were retired, approved by two people', gone, to_char(before at time zone 'UTC', 'YYYY-MM-DD')),
    'done', 200, jsonb_build_object('approvers', array[first, second], 'archive', encode(archive, 'hex'), 'reason', why));
  return gone;
end $$;
revoke execute on function core.retire_record(uuid, timestamptz, uuid, uuid, bytea, text) from public;
revoke execute on function core.retirable(uuid, timestamptz) from public;
grant execute on function core.retirable(uuid, timestamptz) to :sealer;

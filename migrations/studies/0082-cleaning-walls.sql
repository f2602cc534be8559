-- What stands over the answers is held by the database too: what a signature may be put under, what a lock shuts, how a
-- query moves and who moves it, and that the two who open a locked study are who they say.

-- ── Signatures ──────────────────────────────────────────────────────────────────────────────────────────────────────

-- A signature is put under a complete form as it is now; under one that two people enter, once the two are compared.
create function studies.keep_signable() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare s record;
begin
  select state, revision, version_id, twice,
    studies.lock_above(site_id, subject_id, event, event_key, id, null) as above into s
  from studies.sheets where tenant_id = new.tenant_id and workspace_id = new.workspace_id and id = new.sheet_id;
  if s.state is distinct from 'complete' then
    raise exception 'only a complete form is signed' using errcode = '42501';
  end if;
  if (new.revision, new.version_id) is distinct from (s.revision, s.version_id) then
    raise exception 'a form is signed as it is now' using errcode = '42501';
  end if;
  if s.twice and not exists (select from studies.second_entries e where e.tenant_id = new.tenant_id
      and e.workspace_id = new.workspace_id and e.sheet_id = new.sheet_id and e.decided_at is not null) then
    raise exception 'a form that two people enter is signed once their entries are compared' using errcode = '42501';
  end if;
  if s.above = 'locked' then
    raise exception 'what is locked is not signed' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep_signable before insert on studies.sheet_signatures for each row execute function studies.keep_signable();

-- ── Locks ───────────────────────────────────────────────────────────────────────────────────────────────────────────

-- The strictest lock above a form, and above one of its fields.
create function studies.lock_over(at_sheet uuid, at_item text) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
  select studies.lock_above(coalesce(p.site_id, s.site_id), s.subject_id, s.event, s.event_key, s.id, at_item)
  from studies.sheets s
  left join studies.participants p on p.tenant_id = s.tenant_id and p.workspace_id = s.workspace_id and p.subject_id = s.subject_id
  where s.tenant_id = core.tenant() and s.workspace_id = core.workspace() and s.id = at_sheet
$$;
revoke execute on function studies.lock_over(uuid, text) from public;
grant execute on function studies.lock_over(uuid, text) to :app;

-- Locked: nothing at all. The program itself may still say on a locked form that something elsewhere contradicts it now.
create function studies.refuse_under_lock() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare field text := null;
begin
  if core.actor_kind() = 'system' and tg_table_name = 'queries' then return new; end if;
  if tg_table_name = 'queries' then field := nullif(new.item, ''); end if;
  if studies.lock_over(new.sheet_id, field) = 'locked' then
    raise exception 'what is locked is opened first' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger refuse_under_lock before insert or update on studies.queries for each row execute function studies.refuse_under_lock();
create trigger refuse_under_lock before insert on studies.verifications for each row execute function studies.refuse_under_lock();
create trigger refuse_under_lock before insert or update on studies.second_entries for each row execute function studies.refuse_under_lock();

-- Nor is a frozen form completed, reopened, said to be not done, or moved to another version.
create function studies.refuse_frozen_state() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if (new.state, new.version_id) is distinct from (old.state, old.version_id) and studies.lock_over(old.id, null) is not null then
    raise exception 'a frozen or locked form stays as it is' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger refuse_frozen_state before update on studies.sheets for each row execute function studies.refuse_frozen_state();

-- A lock is lifted in one's own name, and asked to be.
create or replace function studies.keep_lock() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if old.lifted_at is not null then
    raise exception 'a lock that was lifted stays so' using errcode = '42501';
  end if;
  if (to_jsonb(new) - array['lift_asked_by', 'lift_asked_at', 'lift_reason', 'lifted_at', 'lifted_by'])
     is distinct from
     (to_jsonb(old) - array['lift_asked_by', 'lift_asked_at', 'lift_reason', 'lifted_at', 'lifted_by']) then
    raise exception 'a lock is lifted, not changed' using errcode = '42501';
  end if;
  if new.lift_asked_by is distinct from old.lift_asked_by and new.lift_asked_by is distinct from core.actor()
     or new.lifted_by is distinct from old.lifted_by and new.lifted_by is distinct from core.actor() then
    raise exception 'a lock is lifted in one''s own name' using errcode = '42501';
  end if;
  if new.scope = 'study' and new.lifted_at is not null and old.lift_asked_by is null then
    raise exception 'the lock of a study is lifted by two people' using errcode = '42501';
  end if;
  return new;
end $$;

-- Two manifests of one lock: of what everybody reads, and of what only those who know the allocation read. One digest over
-- both would tell the allocation to whoever tries the few answers that it can be.
alter table studies.manifests add column blinded boolean not null default false;
alter table studies.manifests drop constraint manifests_tenant_id_workspace_id_lock_id_key;
alter table studies.manifests add unique (tenant_id, workspace_id, lock_id, blinded);
drop policy reach_select on studies.manifests;
create policy reach_select on studies.manifests for select to :app
  using (not blinded and (select core.reaches('studies.progress.read')) or (select core.reaches('studies.allocation.read')));

-- ── Queries ─────────────────────────────────────────────────────────────────────────────────────────────────────────

-- candidate → open → answered → closed; resolved: closed by the program, because the answer was mended (ODM 2.0).
create or replace function studies.keep_query() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if (new.tenant_id, new.workspace_id, new.id, new.subject_id, new.sheet_id, new.form, new.section, new.section_key, new.item, new.kind, new.check_id, new.blinded, new.made_by)
     is distinct from
     (old.tenant_id, old.workspace_id, old.id, old.subject_id, old.sheet_id, old.form, old.section, old.section_key, old.item, old.kind, old.check_id, old.blinded, old.made_by) then
    raise exception 'a query stays where it was asked' using errcode = '42501';
  end if;
  if new.state <> old.state and not (case old.state
      when 'candidate' then new.state in ('open', 'cancelled')
      when 'open' then new.state in ('answered', 'closed', 'cancelled', 'resolved')
      when 'answered' then new.state in ('open', 'closed', 'resolved')
      else new.state = 'open'
    end) then
    raise exception 'a query does not go from % to %', old.state, new.state using errcode = '42501';
  end if;
  new.changed_at := clock_timestamp();
  return new;
end $$;

-- What a person asked is answered by the site, and everything else about it is done by those who ask.
drop policy wall_closing on studies.queries;
create policy wall_closing on studies.queries as restrictive for update to :app using (true)
  with check (kind <> 'manual' or case when state = 'answered'
    then (select core.reaches('studies.queries.answer')) or subject_id in (select core.reach_subjects('studies.queries.answer'))
    else (select core.reaches('studies.queries.open')) or subject_id in (select core.reach_subjects('studies.queries.open')) end);
-- A question that is only drafted is not there for the site.
create policy wall_candidate on studies.queries as restrictive for select to :app
  using (state <> 'candidate' or (select core.reaches('studies.queries.open')) or subject_id in (select core.reach_subjects('studies.queries.open')));
create policy wall_candidate on studies.query_messages as restrictive for select to :app
  using (state <> 'candidate' or (select core.reaches('studies.queries.open')) or subject_id in (select core.reach_subjects('studies.queries.open'))
    or query_id in (select q.id from studies.queries q where q.state <> 'candidate'));

-- ── Plans of verification ───────────────────────────────────────────────────────────────────────────────────────────

-- Of one form, or of all of them; the plan that says most about a place counts.
alter table studies.verification_plans add column form text not null default '' check (length(form) <= 200);

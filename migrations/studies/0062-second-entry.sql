-- A form that two people enter: the second writes beside the record without seeing it, a third decides where they differ.
-- Blindness is the database's: whoever may enter a second time does not meet what somebody else entered on such a form
-- until it is decided, whichever page, list or key he comes by.

alter table studies.sheets add column twice boolean not null default false;
-- Everybody who wrote an answer on it: none of them enters it a second time.
alter table studies.sheets add column hands uuid[] not null default '{}';
create index sheets_twice on studies.sheets (tenant_id, workspace_id) where twice;

create or replace function studies.count_revision() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  update studies.sheets s set revision = s.revision + 1,
    hands = case when core.actor() is null or core.actor() = any (s.hands) then s.hands else s.hands || core.actor() end
  from (select distinct tenant_id, workspace_id, sheet_id from changed) c
  where s.tenant_id = c.tenant_id and s.workspace_id = c.workspace_id and s.id = c.sheet_id;
  return null;
end $$;

alter table studies.second_entries add column entered_at timestamptz;
alter table studies.second_entries add column withdrawn_at timestamptz;
alter table studies.second_entries add column withdrawn_reason text not null default '' check (length(withdrawn_reason) <= 1000);
-- What was chosen where the two differed: [{"field", "first", "second", "chosen", "reason"}].
alter table studies.second_entries add column decisions jsonb not null default '[]';
alter table studies.second_entries add check (decided_at is null or entered_at is not null);
alter table studies.second_entries drop constraint second_entries_tenant_id_workspace_id_sheet_id_key;
create unique index second_entries_of_sheet on studies.second_entries (tenant_id, workspace_id, sheet_id) where withdrawn_at is null;

create function studies.keep_second_entry() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if (new.tenant_id, new.workspace_id, new.id, new.subject_id, new.sheet_id, new.made_at, new.made_by)
     is distinct from
     (old.tenant_id, old.workspace_id, old.id, old.subject_id, old.sheet_id, old.made_at, old.made_by) then
    raise exception 'a second entry stays in its place' using errcode = '42501';
  end if;
  if old.entered_at is not null and (new.answers is distinct from old.answers or new.entered_at is distinct from old.entered_at) then
    raise exception 'what was entered a second time is not changed' using errcode = '42501';
  end if;
  if old.decided_at is not null or old.withdrawn_at is not null then
    raise exception 'a second entry that is decided or given up stays so' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep_second_entry before update on studies.second_entries for each row execute function studies.keep_second_entry();

-- Does this person enter forms a second time, here or at some site?
create function studies.enters_second() returns boolean language sql stable set search_path = pg_catalog, pg_temp as $$
  select core.actor_kind() = 'person' and (core.reaches('studies.second.enter')
    or exists (select from core.reach_sites('studies.second.enter')))
$$;

drop policy reach_select on studies.second_entries;
drop policy reach_insert on studies.second_entries;
drop policy reach_update on studies.second_entries;
-- One's own; all of them for who decides; and for everybody who reads answers, once it is decided.
create policy reach_select on studies.second_entries for select to :app using (
  (select core.reaches('studies.second.adjudicate')) or subject_id in (select core.reach_subjects('studies.second.adjudicate'))
  or made_by = (select core.actor())
  or (decided_at is not null and ((select core.reaches('studies.data.read')) or subject_id in (select core.reach_subjects('studies.data.read')))));
-- Somebody who has no hand in the first entry, once that is complete.
create policy reach_insert on studies.second_entries for insert to :app with check (
  ((select core.reaches('studies.second.enter')) or subject_id in (select core.reach_subjects('studies.second.enter')))
  and made_by = (select core.actor()) and decided_at is null and withdrawn_at is null
  and exists (select from studies.sheets s where s.tenant_id = second_entries.tenant_id and s.workspace_id = second_entries.workspace_id
    and s.id = second_entries.sheet_id and s.subject_id = second_entries.subject_id and s.twice and s.state = 'complete'
    and s.made_by is distinct from core.actor() and not (core.actor() = any (s.hands))));
create policy reach_update_own on studies.second_entries for update to :app
  using (made_by = (select core.actor()) and entered_at is null
    and ((select core.reaches('studies.second.enter')) or subject_id in (select core.reach_subjects('studies.second.enter'))))
  with check (made_by = (select core.actor()) and decided_at is null and withdrawn_at is null);
create policy reach_update on studies.second_entries for update to :app
  using ((select core.reaches('studies.second.adjudicate')) or subject_id in (select core.reach_subjects('studies.second.adjudicate')))
  with check ((select core.reaches('studies.second.adjudicate')) or subject_id in (select core.reach_subjects('studies.second.adjudicate')));

-- What such a person does not meet: forms of others that are entered twice and not decided yet.
create function studies.hidden_sheets() returns setof uuid language sql stable set search_path = pg_catalog, pg_temp as $$
  select s.id from studies.sheets s
  where s.tenant_id = core.tenant() and s.workspace_id = core.workspace() and s.twice
    and s.made_by is distinct from core.actor() and not (core.actor() = any (s.hands))
    and not exists (select from studies.second_entries e where e.tenant_id = s.tenant_id and e.workspace_id = s.workspace_id
      and e.sheet_id = s.id and e.decided_at is not null)
$$;
do $$
declare f text;
begin
  foreach f in array array['studies.enters_second()', 'studies.hidden_sheets()'] loop
    execute format('revoke execute on function %s from public', f);
  end loop;
end $$;
grant execute on function studies.enters_second() to :app;
grant execute on function studies.hidden_sheets() to :app;

create policy wall_second_entry on studies.field_values as restrictive for all to :app
  using (not (select studies.enters_second()) or sheet_id not in (select studies.hidden_sheets()))
  with check (not (select studies.enters_second()) or sheet_id not in (select studies.hidden_sheets()));
create policy wall_second_entry on studies.value_history as restrictive for select to :app
  using (not (select studies.enters_second()) or sheet_id not in (select studies.hidden_sheets()));
-- A check quotes what was entered, and so may a question.
create policy wall_second_entry on studies.queries as restrictive for select to :app
  using (not (select studies.enters_second()) or sheet_id not in (select studies.hidden_sheets()));
create policy wall_second_entry on studies.query_messages as restrictive for select to :app
  using (not (select studies.enters_second())
    or query_id not in (select q.id from studies.queries q where q.sheet_id in (select studies.hidden_sheets())));

-- Who decides between two entries writes the answer that stays.
create policy reach_update_second on studies.field_values for update to :app
  using (sheet_id in (select e.sheet_id from studies.second_entries e where e.entered_at is not null and e.decided_at is null and e.withdrawn_at is null)
    and ((select core.reaches('studies.second.adjudicate')) or subject_id in (select core.reach_subjects('studies.second.adjudicate'))))
  with check (source in ('second entry', 'calculation')
    and ((select core.reaches('studies.second.adjudicate')) or subject_id in (select core.reach_subjects('studies.second.adjudicate'))));
create policy reach_insert_second on studies.field_values for insert to :app
  with check (source in ('second entry', 'calculation')
    and sheet_id in (select e.sheet_id from studies.second_entries e where e.entered_at is not null and e.decided_at is null and e.withdrawn_at is null)
    and ((select core.reaches('studies.second.adjudicate')) or subject_id in (select core.reach_subjects('studies.second.adjudicate'))));
create policy reach_insert_second on studies.value_history for insert to :app
  with check ((select core.reaches('studies.second.adjudicate')) or subject_id in (select core.reach_subjects('studies.second.adjudicate')));
create policy reach_update_second on studies.sheets for update to :app
  using (twice and ((select core.reaches('studies.second.adjudicate')) or subject_id in (select core.reach_subjects('studies.second.adjudicate'))))
  with check (twice and ((select core.reaches('studies.second.adjudicate')) or subject_id in (select core.reach_subjects('studies.second.adjudicate'))));

create policy reach_insert_second on studies.queries for insert to :app
  with check (kind <> 'manual' and ((select core.reaches('studies.second.adjudicate')) or subject_id in (select core.reach_subjects('studies.second.adjudicate'))));
create policy reach_update_second on studies.queries for update to :app
  using (kind <> 'manual' and ((select core.reaches('studies.second.adjudicate')) or subject_id in (select core.reach_subjects('studies.second.adjudicate'))));
create policy reach_insert_second on studies.query_messages for insert to :app
  with check ((select core.reaches('studies.second.adjudicate')) or subject_id in (select core.reach_subjects('studies.second.adjudicate')));

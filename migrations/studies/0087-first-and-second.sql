-- Two acts at the same moment, of which each looked before the other was there.

-- An answer that is being saved and a lock: the lock waits for every save that has begun, and a save that begins later
-- waits for the lock and finds it. So what a locked study is weighed by is all that it will ever hold.
create or replace function studies.refuse_locked() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare above text;
begin
  perform pg_advisory_xact_lock_shared(hashtextextended('studies.locks ' || core.workspace(), 0));
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

create function studies.wait_for_saves() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('studies.locks ' || new.workspace_id, 0));
  return new;
end $$;
create trigger wait_for_saves before insert on studies.locks for each row execute function studies.wait_for_saves();

-- Two schemes activated, or one activated and discarded.
create or replace function studies.keep_scheme_step() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('studies.scheme_steps ' || new.workspace_id, 0));
  if new.step = 'activated' then
    if exists (select from studies.scheme_steps s where s.tenant_id = new.tenant_id and s.workspace_id = new.workspace_id and s.step = 'activated'
        and not exists (select from studies.scheme_steps c where c.tenant_id = s.tenant_id and c.workspace_id = s.workspace_id
          and c.scheme_id = s.scheme_id and c.step = 'closed')) then
      raise exception 'a scheme is in force already' using errcode = '42501';
    end if;
    if exists (select from studies.scheme_steps s where s.tenant_id = new.tenant_id and s.workspace_id = new.workspace_id
        and s.scheme_id = new.scheme_id and s.step = 'discarded') then
      raise exception 'a discarded scheme is not activated' using errcode = '42501';
    end if;
    if new.made_by is not null and new.made_by = (select s.made_by from studies.schemes s
        where s.tenant_id = new.tenant_id and s.workspace_id = new.workspace_id and s.id = new.scheme_id) then
      raise exception 'a second person activates a scheme' using errcode = '42501';
    end if;
  end if;
  if new.step = 'discarded' and exists (select from studies.scheme_steps s where s.tenant_id = new.tenant_id
      and s.workspace_id = new.workspace_id and s.scheme_id = new.scheme_id and s.step = 'activated') then
    raise exception 'an activated scheme is closed, not discarded' using errcode = '42501';
  end if;
  return new;
end $$;

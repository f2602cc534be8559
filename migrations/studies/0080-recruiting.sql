-- Nobody is taken into a study that does not recruit. Whether it does is worked out here, from the study's own rows, for
-- the pages that say why not and for the walls that refuse: one truth. A study without a dossier has its paperwork
-- elsewhere; it captures data as it likes, and randomises nobody.

alter table studies.approval_decisions add column valid_until date,
  add constraint approval_decisions_validity check (valid_until is null or (decision = 'granted' and valid_until >= on_day));
-- What the keeper of consents answered in the transaction of the allocation.
alter table studies.allocations add column consent text not null default 'kept elsewhere'
  check (consent in ('given', 'not-required', 'kept elsewhere'));

grant usage, create on schema studies to :keeper;
do $$
declare t text;
begin
  foreach t in array array['dossiers', 'gates', 'approval_requests', 'approval_decisions', 'site_marks', 'documents', 'courses',
    'course_ends', 'trainings', 'delegations', 'delegation_steps'] loop
    execute format('create policy keeper on studies.%I for select to :keeper using (true)', t);
    execute format('grant select on studies.%I to :keeper', t);
  end loop;
end $$;

-- What keeps this study from taking anybody in at this site today; empty: nothing does. Words, never a row.
create function studies.lacks_to_recruit(of_tenant uuid, of_workspace uuid, at_site uuid) returns text[]
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
  today date := (now() at time zone 'UTC')::date;
  lacks text[] := '{}';
begin
  if core.tenant() is not null and (of_tenant is distinct from core.tenant() or of_workspace is distinct from core.workspace()) then
    return array['status'];
  end if;
  if not exists (select from studies.dossiers d where d.tenant_id = of_tenant and d.workspace_id = of_workspace)
     and not exists (select from studies.gates g where g.tenant_id = of_tenant and g.workspace_id = of_workspace) then
    return array['dossier'];
  end if;
  if (select g.status from studies.gates g where g.tenant_id = of_tenant and g.workspace_id = of_workspace
      order by g.ordinal desc limit 1) is distinct from 'recruiting' then
    lacks := lacks || 'status'::text;
  end if;
  if not exists (select from studies.site_marks m where m.tenant_id = of_tenant and m.workspace_id = of_workspace
        and m.site_id = at_site and m.mark = 'activated')
     or exists (select from studies.site_marks m where m.tenant_id = of_tenant and m.workspace_id = of_workspace
        and m.site_id = at_site and m.mark = 'closed') then
    lacks := lacks || 'site'::text;
  end if;
  -- Each approver who ever decided has a decision that holds today.
  if exists (
    select from studies.approval_requests r
    join studies.approval_decisions d on d.tenant_id = r.tenant_id and d.workspace_id = r.workspace_id and d.request_id = r.id
    where r.tenant_id = of_tenant and r.workspace_id = of_workspace and d.decision <> 'withdrawn'
    group by r.approver
    having not bool_or(d.decision = 'granted' and (d.valid_until is null or d.valid_until >= today))) then
    lacks := lacks || 'approval'::text;
  end if;
  if not exists (select from (select distinct on (d.kind) d.expires_on from studies.documents d
      where d.tenant_id = of_tenant and d.workspace_id = of_workspace and d.kind = 'ethics-approval' and d.site_id is null
      order by d.kind, d.version desc) newest where newest.expires_on is null or newest.expires_on >= today) then
    lacks := lacks || 'ethics'::text;
  end if;
  if exists (select from (select distinct on (d.kind) d.expires_on from studies.documents d
      where d.tenant_id = of_tenant and d.workspace_id = of_workspace and d.kind = 'site-ethics' and d.site_id = at_site
      order by d.kind, d.version desc) newest where newest.expires_on < today) then
    lacks := lacks || 'site-ethics'::text;
  end if;
  return lacks;
end $$;

-- Whether the delegation log lets this person do the task at this site today: the rule of management/rules/delegation.ts.
create function studies.is_delegated(of_tenant uuid, of_workspace uuid, person uuid, task text, at_site uuid) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
  today date := (now() at time zone 'UTC')::date;
  binds text;
begin
  if core.tenant() is not null and (of_tenant is distinct from core.tenant() or of_workspace is distinct from core.workspace()) then
    return false;
  end if;
  select s.value ->> 'delegationBinds' into binds from core.settings s
  where s.tenant_id = of_tenant and s.workspace_id = of_workspace and s.module = 'studies' order by s.made_at desc limit 1;
  if binds like 'never%' then return true; end if;
  if binds is distinct from 'always' and not exists (select from studies.delegation_steps s
      where s.tenant_id = of_tenant and s.workspace_id = of_workspace and s.step = 'approved') then
    return true;
  end if;
  return exists (
    select from studies.delegations d where d.tenant_id = of_tenant and d.workspace_id = of_workspace and d.person_id = person
      and task = any (d.tasks) and (d.site_id is null or at_site is null or d.site_id = at_site)
      and d.from_on <= today and (d.until_on is null or d.until_on >= today)
      and exists (select from studies.delegation_steps s where s.tenant_id = of_tenant and s.workspace_id = of_workspace
        and s.delegation_id = d.id and s.step = 'accepted')
      and exists (select from studies.delegation_steps s where s.tenant_id = of_tenant and s.workspace_id = of_workspace
        and s.delegation_id = d.id and s.step = 'approved')
      and not exists (select from studies.delegation_steps s where s.tenant_id = of_tenant and s.workspace_id = of_workspace
        and s.delegation_id = d.id and s.step = 'ended' and s.on_day <= today))
  and not exists (
    select from studies.courses c where c.tenant_id = of_tenant and c.workspace_id = of_workspace
      and task = any (c.tasks) and c.required_from <= today
      and not exists (select from studies.course_ends e where e.tenant_id = of_tenant and e.workspace_id = of_workspace
        and e.course_id = c.id and e.from_on <= today)
      and not exists (select from studies.trainings r where r.tenant_id = of_tenant and r.workspace_id = of_workspace
        and r.course_id = c.id and r.person_id = person and r.completed_on <= today
        and (c.valid_months is null or r.completed_on + make_interval(months => c.valid_months) >= today)));
end $$;

revoke execute on function studies.lacks_to_recruit(uuid, uuid, uuid), studies.is_delegated(uuid, uuid, uuid, text, uuid) from public;
grant execute on function studies.lacks_to_recruit(uuid, uuid, uuid), studies.is_delegated(uuid, uuid, uuid, text, uuid) to :app, :owner;
alter function studies.lacks_to_recruit(uuid, uuid, uuid) owner to :keeper;
alter function studies.is_delegated(uuid, uuid, uuid, text, uuid) owner to :keeper;
revoke create on schema studies from :keeper;

-- Randomised is who is noted as eligible, by somebody who may, under the scheme in force, in a study that recruits.
create function studies.keep_allocation() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare lacks text[] := studies.lacks_to_recruit(new.tenant_id, new.workspace_id, new.site_id);
begin
  if cardinality(lacks) > 0 then
    raise exception 'nobody is randomised here: %', array_to_string(lacks, ', ') using errcode = '42501';
  end if;
  if not studies.is_delegated(new.tenant_id, new.workspace_id, new.randomised_by, 'randomise', new.site_id) then
    raise exception 'the delegation log does not let this person randomise' using errcode = '42501';
  end if;
  if not exists (select from studies.screenings s where s.tenant_id = new.tenant_id and s.workspace_id = new.workspace_id
      and s.subject_id = new.subject_id and s.site_id is not distinct from new.site_id and s.stage = 'eligible' and s.dropped is null) then
    raise exception 'only who is eligible is randomised' using errcode = '42501';
  end if;
  if not exists (select from studies.scheme_steps s where s.tenant_id = new.tenant_id and s.workspace_id = new.workspace_id
      and s.scheme_id = new.scheme_id and s.step = 'activated')
     or exists (select from studies.scheme_steps s where s.tenant_id = new.tenant_id and s.workspace_id = new.workspace_id
      and s.scheme_id = new.scheme_id and s.step = 'closed') then
    raise exception 'only by the scheme in force' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep_allocation before insert on studies.allocations for each row execute function studies.keep_allocation();

-- A study with a dossier takes nobody in before it recruits: neither into the log as consented, nor into capture.
create function studies.takes_in(at_site uuid) returns boolean
language sql stable set search_path = pg_catalog, pg_temp as $$
  select studies.lacks_to_recruit(core.tenant(), core.workspace(), at_site) <@ array['dossier']
$$;
revoke execute on function studies.takes_in(uuid) from public;
grant execute on function studies.takes_in(uuid) to :app, :owner;

create function studies.keep_consented() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare lacks text[] := studies.lacks_to_recruit(new.tenant_id, new.workspace_id, new.site_id);
begin
  if not lacks <@ array['dossier'] then
    raise exception 'nobody is taken in here: %', array_to_string(lacks, ', ') using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep_consented before update on studies.screenings for each row
  when (new.stage = 'consented' and old.stage = 'prescreened') execute function studies.keep_consented();

-- Whoever enters the log begins at its beginning.
drop policy reach_insert on studies.screenings;
drop policy reach_insert on studies.participants;
do $$
begin
  execute format('create policy reach_insert on studies.screenings for insert to :app with check (%s)', core.reach_condition(
    '{"site":"site_id", "insert":[{"may":"studies.recruitment.write", "when":"stage = ''identified'' and dropped is null"}]}', 'insert'));
  -- Data that come from another system were taken in there.
  execute format('create policy reach_insert on studies.participants for insert to :app with check (%s)', core.reach_condition(
    '{"subject":"subject_id", "insert":[{"may":"studies.participants.add", "when":"studies.takes_in(site_id)"}, {"may":"studies.import"}]}', 'insert'));
end $$;

-- The arm in capture: never that of a blinded scheme, and in an open one the house's to write.
create function studies.keep_arm() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if new.arm = '' or (tg_op = 'UPDATE' and new.arm = old.arm) then return new; end if;
  if exists (select from studies.schemes c join studies.scheme_steps s on s.tenant_id = c.tenant_id and s.workspace_id = c.workspace_id
      and s.scheme_id = c.id and s.step = 'activated' where c.tenant_id = new.tenant_id and c.workspace_id = new.workspace_id
      and not exists (select from studies.allocations a where a.tenant_id = new.tenant_id
        and a.workspace_id = new.workspace_id and a.subject_id = new.subject_id and a.open_arm is not null)) then
    raise exception 'the arm is what randomisation gave, and of a blinded study it is not told' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep_arm before insert or update on studies.participants for each row execute function studies.keep_arm();

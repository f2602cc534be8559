-- A participant goes over to another arm: said with a reason, kept for good, and the visits follow.
create table studies.arm_changes (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  site_id uuid,
  was text not null check (length(was) <= 200),
  arm text not null check (length(arm) between 1 and 200),
  reason text not null check (length(reason) between 3 and 1000),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  check (was <> arm),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, site_id) references core.sites (tenant_id, workspace_id, id)
);
create index arm_changes_of_subject on studies.arm_changes (tenant_id, workspace_id, subject_id, made_at desc);
create index arm_changes_of_site on studies.arm_changes (tenant_id, workspace_id, site_id);
select core.protect('studies.arm_changes', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"studies.progress.read"}], "insert":[{"may":"studies.arm.change"}]}');

-- Whoever changes the arm of somebody who is there has said why in the same transaction; the house writes what an open
-- randomisation gave. Of a blinded scheme no arm is told (0080).
create function studies.say_why_arm() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if new.arm = old.arm or core.actor_kind() is distinct from 'person' then return new; end if;
  if not exists (select from studies.arm_changes c where c.tenant_id = new.tenant_id and c.workspace_id = new.workspace_id
      and c.subject_id = new.subject_id and c.was = old.arm and c.arm = new.arm and c.made_by = core.actor()
      and c.made_at >= transaction_timestamp()) then
    raise exception 'an arm is changed with a reason' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger say_why_arm before update on studies.participants for each row execute function studies.say_why_arm();

-- Randomisation. Causing an allocation and seeing it are two things: who may randomise has no row that says the arm, and
-- the arms are sealed under a column key of their own besides. The list is made when the scheme is activated, by an errand.

create table studies.schemes (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  version int not null check (version > 0),
  scheme jsonb not null,
  blinded boolean not null,
  uses_kits boolean not null,
  kit_days int not null check (kit_days between 0 and 1000),
  report jsonb not null,                   -- the simulation, as the statistician read it
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, version),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id)
);
create table studies.scheme_secrets (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  scheme_id uuid not null,
  secrets bytea not null,                  -- seed, block sizes, probability
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, scheme_id),
  foreign key (tenant_id, workspace_id, scheme_id) references studies.schemes (tenant_id, workspace_id, id)
);
create table studies.scheme_steps (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  scheme_id uuid not null,
  step text not null check (step in ('activated', 'discarded', 'closed')),
  reason text check (length(reason) between 1 and 500),
  list_sha256 bytea,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, scheme_id, step),
  check ((step = 'activated') = (list_sha256 is not null)),
  foreign key (tenant_id, workspace_id, scheme_id) references studies.schemes (tenant_id, workspace_id, id)
);
-- One scheme is in force at a time, and who wrote it does not activate it.
create function studies.keep_scheme_step() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if new.step = 'activated' then
    if exists (select from studies.scheme_steps s where s.tenant_id = new.tenant_id and s.workspace_id = new.workspace_id and s.step = 'activated'
        and not exists (select from studies.scheme_steps c where c.tenant_id = s.tenant_id and c.workspace_id = s.workspace_id
          and c.scheme_id = s.scheme_id and c.step = 'closed')) then
      raise exception 'a scheme is in force already' using errcode = '42501';
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
create trigger keep_step before insert on studies.scheme_steps for each row execute function studies.keep_scheme_step();

create table studies.slots (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  scheme_id uuid not null,
  stratum text not null check (length(stratum) between 1 and 2000),
  ordinal int not null check (ordinal > 0),
  arm bytea not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, scheme_id, stratum, ordinal),
  foreign key (tenant_id, workspace_id, scheme_id) references studies.schemes (tenant_id, workspace_id, id)
);

create table studies.allocations (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  scheme_id uuid not null,
  subject_id uuid not null,
  site_id uuid,
  number int not null check (number > 0),   -- in the scheme, in the order of time
  levels jsonb not null,
  stratum text not null,
  request_id uuid not null,                 -- the form's own id: sent twice, it allocates once
  open_arm text check (length(open_arm) between 1 and 200),  -- of open-label studies alone
  kit_number text check (length(kit_number) between 1 and 60),
  randomised_by uuid not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, scheme_id, number),
  unique (tenant_id, workspace_id, subject_id),
  unique (tenant_id, workspace_id, request_id),
  foreign key (tenant_id, workspace_id, scheme_id) references studies.schemes (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, site_id) references core.sites (tenant_id, workspace_id, id),
  foreign key (tenant_id, randomised_by) references core.persons (tenant_id, id)
);
create index allocations_of_site on studies.allocations (tenant_id, workspace_id, site_id);
create index allocations_by_randomiser on studies.allocations (tenant_id, randomised_by);

-- What was allocated. A slot is used once, an allocation has one arm: of two that race, one is told.
create table studies.allocation_arms (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  allocation_id uuid not null,
  site_id uuid,
  slot_id uuid,
  arm bytea not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, allocation_id),
  unique (tenant_id, workspace_id, slot_id),
  foreign key (tenant_id, workspace_id, allocation_id) references studies.allocations (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, slot_id) references studies.slots (tenant_id, workspace_id, id)
);

-- A stratum that was wrong is noted; the allocation stands (ICH E9).
create table studies.stratum_errors (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  allocation_id uuid not null,
  subject_id uuid not null,
  site_id uuid,
  right_levels jsonb not null,
  reason text not null check (length(reason) between 1 and 1000),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, allocation_id) references studies.allocations (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index stratum_errors_of_allocation on studies.stratum_errors (tenant_id, workspace_id, allocation_id);
create index stratum_errors_of_subject on studies.stratum_errors (tenant_id, workspace_id, subject_id);

-- The mark of an emergency unblinding never goes. Who was told the arm is who made it, and nobody else.
create table studies.unblindings (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  allocation_id uuid not null,
  subject_id uuid not null,
  site_id uuid,
  reason text not null check (length(reason) between 1 and 2000),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, allocation_id) references studies.allocations (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index unblindings_of_allocation on studies.unblindings (tenant_id, workspace_id, allocation_id);
create index unblindings_of_subject on studies.unblindings (tenant_id, workspace_id, subject_id);

create table studies.kits (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  number text not null check (length(number) between 1 and 60),
  arm bytea not null,
  batch text not null check (length(batch) between 1 and 60),
  expires_on date not null,
  state text not null default 'depot'
    check (state in ('depot', 'transit', 'site', 'dispensed', 'returned', 'quarantined', 'damaged', 'destroyed')),
  site_id uuid,
  subject_id uuid,
  changed_at timestamptz not null default clock_timestamp(),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, number),
  check (state <> 'dispensed' or subject_id is not null),
  check (state not in ('site', 'transit') or site_id is not null),
  foreign key (tenant_id, workspace_id, site_id) references core.sites (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index kits_at_site on studies.kits (tenant_id, workspace_id, site_id, state, expires_on);
create index kits_of_subject on studies.kits (tenant_id, workspace_id, subject_id);
create table studies.kit_moves (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  kit_id uuid not null,
  site_id uuid,
  was text not null,
  state text not null,
  reason text not null default '' check (length(reason) <= 500),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, kit_id) references studies.kits (tenant_id, workspace_id, id)
);
create index kit_moves_of_kit on studies.kit_moves (tenant_id, workspace_id, kit_id);
create function studies.keep_kit() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if (to_jsonb(new) - array['state', 'site_id', 'subject_id', 'changed_at']) is distinct from (to_jsonb(old) - array['state', 'site_id', 'subject_id', 'changed_at']) then
    raise exception 'a kit moves, and otherwise stays what it is' using errcode = '42501';
  end if;
  if old.subject_id is not null and new.subject_id is distinct from old.subject_id then
    raise exception 'a kit that was handed out stays with its participant' using errcode = '42501';
  end if;
  if old.state = 'destroyed' then raise exception 'what was destroyed stays so' using errcode = '42501'; end if;
  new.changed_at := clock_timestamp();
  return new;
end $$;
create trigger keep_kit before update on studies.kits for each row execute function studies.keep_kit();

do $$
declare t text;
begin
  foreach t in array array['schemes', 'scheme_secrets', 'scheme_steps', 'slots', 'allocations', 'allocation_arms', 'stratum_errors',
    'unblindings', 'kit_moves'] loop
    execute format('create trigger never_changed before update or delete on studies.%I for each row execute function core.refuse_change()', t);
  end loop;
end $$;

select core.protect('studies.schemes', '{"scope":"workspace",
  "select":[{"may":"studies.randomisation.read"}], "insert":[{"may":"studies.scheme.write"}]}');
-- Sites know that there is a scheme, its factors and arms: it is in the protocol.
create policy reach_select_here on studies.schemes for select to :app using (workspace_id = (select core.workspace()));
select core.protect('studies.scheme_secrets', '{"scope":"workspace",
  "select":[{"may":"studies.scheme.write"}], "insert":[{"may":"studies.scheme.write"}]}');
select core.protect('studies.scheme_steps', '{"scope":"workspace",
  "select":[{"may":"studies.randomisation.read"}],
  "insert":[{"may":"studies.scheme.activate", "when":"step in (''activated'', ''closed'')"}, {"may":"studies.scheme.write", "when":"step = ''discarded''"}]}');
create policy reach_select_here on studies.scheme_steps for select to :app using (workspace_id = (select core.workspace()));
select core.protect('studies.slots', '{"scope":"workspace",
  "select":[{"may":"studies.list.read"}], "insert":[{"may":"studies.slots.write"}]}');
select core.protect('studies.allocations', '{"scope":"workspace", "site":"site_id",
  "select":[{"may":"studies.randomisation.read"}], "insert":[{"may":"studies.slots.write"}]}');
select core.protect('studies.allocation_arms', '{"scope":"workspace", "site":"site_id",
  "select":[{"may":"studies.arms.read"}], "insert":[{"may":"studies.slots.write"}]}');
select core.protect('studies.stratum_errors', '{"scope":"workspace", "site":"site_id",
  "select":[{"may":"studies.randomisation.read"}], "insert":[{"may":"studies.randomise"}]}');
select core.protect('studies.unblindings', '{"scope":"workspace", "site":"site_id",
  "select":[{"may":"studies.randomisation.read"}], "insert":[{"may":"studies.unblind"}]}');
select core.protect('studies.kits', '{"scope":"workspace", "site":"site_id",
  "select":[{"may":"studies.kits.read"}], "insert":[{"may":"studies.kits.manage"}],
  "update":[{"may":"studies.kits.manage"}, {"may":"studies.kits.receive"}]}');
select core.protect('studies.kit_moves', '{"scope":"workspace", "site":"site_id",
  "select":[{"may":"studies.kits.read"}], "insert":[{"may":"studies.kits.manage"}, {"may":"studies.kits.receive"}]}');

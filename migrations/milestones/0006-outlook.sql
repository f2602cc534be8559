-- The longer view, and what may leave: bands of the program's own history, versions of a framework and how they correspond,
-- releases to third parties by two consents, and benchmarks that need a written one on both sides.

-- Where the middle half of a program's trainees stood at a stage of training. Never of fewer than five, and only of
-- periods whose reporting has closed: so they change for many at once.
create table milestones.bands (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subcompetency_id uuid not null,
  stage smallint not null check (stage between 1 and 20),
  trainees int not null check (trainees >= 5),
  low smallint not null check (low between 2 and 10),
  middle smallint not null check (middle between 2 and 10),
  high smallint not null check (high between 2 and 10),
  drawn_on date not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, subcompetency_id, stage, drawn_on),
  check (low <= middle and middle <= high),
  foreign key (tenant_id, workspace_id, subcompetency_id) references milestones.subcompetencies (tenant_id, workspace_id, id)
);
create trigger never_changed before update or delete on milestones.bands for each row execute function core.refuse_change();
select core.protect('milestones.bands', '{"scope":"workspace", 
  "select":[{"may":"milestones.frameworks.read"}, {"may":"milestones.bands.draw"}], "insert":[{"may":"milestones.bands.draw"}]}');

-- How an older version's subcompetency corresponds to a newer one's. Several rows: it was split or merged. None: it is gone.
create table milestones.crosswalks (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  old_id uuid not null,
  new_id uuid not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, old_id, new_id),
  check (old_id <> new_id),
  foreign key (tenant_id, workspace_id, old_id) references milestones.subcompetencies (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, new_id) references milestones.subcompetencies (tenant_id, workspace_id, id)
);
create index crosswalks_of_new on milestones.crosswalks (tenant_id, workspace_id, new_id);
create trigger never_changed before update or delete on milestones.crosswalks for each row execute function core.refuse_change();
select core.protect('milestones.crosswalks', '{"scope":"workspace", 
  "select":[{"may":"milestones.frameworks.read"}], "insert":[{"may":"milestones.frameworks.manage"}]}');

-- That a trainee goes on under another version, from when, and by whom.
create table milestones.framework_moves (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  from_id uuid not null,
  to_id uuid not null,
  reason text not null check (length(reason) between 1 and 1000),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, from_id) references milestones.frameworks (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, to_id) references milestones.frameworks (tenant_id, workspace_id, id)
);
create index framework_moves_of_subject on milestones.framework_moves (tenant_id, workspace_id, subject_id);
create index framework_moves_of_from on milestones.framework_moves (tenant_id, workspace_id, from_id);
create index framework_moves_of_to on milestones.framework_moves (tenant_id, workspace_id, to_id);
create trigger never_changed before update or delete on milestones.framework_moves for each row execute function core.refuse_change();
select core.protect('milestones.framework_moves', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"milestones.roster.read"}], "insert":[{"may":"milestones.roster.manage"}]}');

-- Someone outside is to be shown something. What exactly lies sealed; its hash is what both consent to.
create table milestones.third_party_requests (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  content bytea not null,
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  expires_on date not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index third_party_requests_of_subject on milestones.third_party_requests (tenant_id, workspace_id, subject_id);
create trigger never_changed before update or delete on milestones.third_party_requests for each row execute function core.refuse_change();
select core.protect('milestones.third_party_requests', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"milestones.releases.read"}], "insert":[{"may":"milestones.releases.ask"}]}');

create table milestones.third_party_consents (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  request_id uuid not null,
  subject_id uuid not null,
  side text not null check (side in ('director', 'trainee')),
  sha256 text not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, request_id, side),
  foreign key (tenant_id, workspace_id, request_id) references milestones.third_party_requests (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index third_party_consents_of_subject on milestones.third_party_consents (tenant_id, workspace_id, subject_id);
create trigger never_changed before update or delete on milestones.third_party_consents for each row execute function core.refuse_change();
select core.protect('milestones.third_party_consents', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"milestones.releases.read"}],
  "insert":[{"may":"milestones.decide", "when":"side = ''director''"}, {"may":"milestones.acknowledge", "when":"side = ''trainee''"}]}');

-- Either side may say no, before and after consenting, until it has left.
create table milestones.third_party_endings (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  request_id uuid not null,
  subject_id uuid not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, request_id),
  foreign key (tenant_id, workspace_id, request_id) references milestones.third_party_requests (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index third_party_endings_of_subject on milestones.third_party_endings (tenant_id, workspace_id, subject_id);
create trigger never_changed before update or delete on milestones.third_party_endings for each row execute function core.refuse_change();
select core.protect('milestones.third_party_endings', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"milestones.releases.read"}], "insert":[{"may":"milestones.releases.ask"}]}');

-- It leaves once.
create table milestones.third_party_downloads (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  request_id uuid not null,
  subject_id uuid not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, request_id),
  foreign key (tenant_id, workspace_id, request_id) references milestones.third_party_requests (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index third_party_downloads_of_subject on milestones.third_party_downloads (tenant_id, workspace_id, subject_id);
create trigger never_changed before update or delete on milestones.third_party_downloads for each row execute function core.refuse_change();
select core.protect('milestones.third_party_downloads', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"milestones.releases.read"}], "insert":[{"may":"milestones.releases.download"}]}');

-- A program's written word that its figures may stand beside another's, until a day.
create table milestones.benchmark_consents (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  title text not null check (length(title) between 1 and 200),
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  signed_by text not null check (length(signed_by) between 1 and 200),
  valid_from date not null,
  valid_until date not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  check (valid_until > valid_from and valid_until <= valid_from + 1100)
);
create trigger never_changed before update or delete on milestones.benchmark_consents for each row execute function core.refuse_change();
select core.protect('milestones.benchmark_consents', '{"scope":"workspace", 
  "select":[{"may":"milestones.benchmark.manage"}], "insert":[{"may":"milestones.benchmark.manage"}]}');

create table milestones.benchmark_withdrawals (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  consent_id uuid not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, consent_id),
  foreign key (tenant_id, workspace_id, consent_id) references milestones.benchmark_consents (tenant_id, workspace_id, id)
);
create trigger never_changed before update or delete on milestones.benchmark_withdrawals for each row execute function core.refuse_change();
select core.protect('milestones.benchmark_withdrawals', '{"scope":"workspace", 
  "select":[{"may":"milestones.benchmark.manage"}], "insert":[{"may":"milestones.benchmark.manage"}]}');

-- What a program offers: the middle level of a code in a period, never of fewer than five.
create table milestones.benchmark_figures (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  specialty text not null,
  period text not null,
  code text not null,
  trainees int not null check (trainees >= 5),
  middle smallint not null check (middle between 2 and 10),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, specialty, period, code)
);
create trigger never_changed before update or delete on milestones.benchmark_figures for each row execute function core.refuse_change();
select core.protect('milestones.benchmark_figures', '{"scope":"workspace", 
  "select":[{"may":"milestones.benchmark.manage"}], "insert":[{"may":"milestones.benchmark.manage"}]}');

create function milestones.guard_consent() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select from milestones.third_party_requests r where r.tenant_id = new.tenant_id and r.workspace_id = new.workspace_id
                   and r.id = new.request_id and r.subject_id = new.subject_id and r.sha256 = new.sha256 and r.expires_on >= current_date) then
    raise exception 'what was consented to is not what is asked now' using errcode = '42501';
  end if;
  if exists (select from milestones.third_party_endings e where e.tenant_id = new.tenant_id and e.workspace_id = new.workspace_id and e.request_id = new.request_id) then
    raise exception 'this request has ended' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger guard_consent before insert on milestones.third_party_consents for each row execute function milestones.guard_consent();

create function milestones.guard_third_party() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if (select count(distinct c.side) from milestones.third_party_consents c join milestones.third_party_requests r
        on r.tenant_id = c.tenant_id and r.workspace_id = c.workspace_id and r.id = c.request_id and r.sha256 = c.sha256
      where c.tenant_id = new.tenant_id and c.workspace_id = new.workspace_id and c.request_id = new.request_id
        and c.made_by is not null and r.subject_id = new.subject_id and r.expires_on >= current_date) < 2 then
    raise exception 'director and trainee have not both consented to this, or it has expired' using errcode = '42501';
  end if;
  if exists (select from milestones.third_party_endings e where e.tenant_id = new.tenant_id and e.workspace_id = new.workspace_id and e.request_id = new.request_id) then
    raise exception 'a consent was taken back' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger guard_third_party before insert on milestones.third_party_downloads for each row execute function milestones.guard_third_party();

-- ── Benchmarks: the one door between two programs ───────────────────────────────────────────────────────────────────
-- Only within one institution, only to someone who manages benchmarks here, and only while both programs have a consent in
-- writing that stands today. A consent that is withdrawn or expires closes it with the next question.

grant usage, create on schema milestones to :keeper;
create policy keeper on milestones.benchmark_consents for select to :keeper using (true);
create policy keeper on milestones.benchmark_withdrawals for select to :keeper using (true);
create policy keeper on milestones.benchmark_figures for select to :keeper using (true);
grant select on milestones.benchmark_consents, milestones.benchmark_withdrawals, milestones.benchmark_figures to :keeper;

create function milestones.benchmark() returns table (program text, specialty text, period text, code text, trainees int, middle smallint)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  with standing as (
    select c.tenant_id, c.workspace_id from milestones.benchmark_consents c
    where c.tenant_id = core.tenant() and current_date between c.valid_from and c.valid_until
      and not exists (select from milestones.benchmark_withdrawals w
                      where w.tenant_id = c.tenant_id and w.workspace_id = c.workspace_id and w.consent_id = c.id))
  select w.title, f.specialty, f.period, f.code, f.trainees, f.middle
  from milestones.benchmark_figures f
  join core.workspaces w on w.tenant_id = f.tenant_id and w.id = f.workspace_id and w.archived_at is null
  where f.tenant_id = core.tenant() and f.workspace_id <> core.workspace()
    and core.reaches('milestones.benchmark.manage')
    and exists (select from standing s where s.workspace_id = f.workspace_id)
    and exists (select from standing s where s.workspace_id = core.workspace())
$$;
revoke execute on function milestones.benchmark() from public;
grant execute on function milestones.benchmark() to :app;
alter function milestones.benchmark() owner to :keeper;
revoke create on schema milestones from :keeper;


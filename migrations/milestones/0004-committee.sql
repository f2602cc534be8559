-- The committee at work: packets that are frozen, reviewers who rate before they see each other, meetings with a quorum.
--
-- A sheet is its writer's alone until the review is revealed: then every sheet is seen at once. That one was handed in is
-- a row of its own, so that it can be counted without being read. A mentor rates no trainee of his or her own.

-- Who prepares whose review. Two a trainee, as a rule; ended when someone else takes over.
create table milestones.reviewers (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  period_id uuid not null,
  member_id uuid not null,
  ended_at timestamptz,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, period_id) references milestones.periods (tenant_id, workspace_id, id),
  foreign key (tenant_id, member_id) references core.persons (tenant_id, id)
);
create index reviewers_of_subject on milestones.reviewers (tenant_id, workspace_id, subject_id);
create index reviewers_of_period on milestones.reviewers (tenant_id, workspace_id, period_id);
create index reviewers_of_member on milestones.reviewers (tenant_id, member_id);
select core.protect('milestones.reviewers', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"milestones.committee.read"}], "insert":[{"may":"milestones.committee.prepare"}],
  "update":[{"may":"milestones.committee.prepare", "when":"ended_at is null"}]}');

-- What the committee has before it, as it stood when it was frozen. A later one is a new version, with the reason.
-- The hash is of the text under the seal, so that anyone who opens it can tell that it is the same.
create table milestones.packets (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  period_id uuid not null,
  version int not null check (version > 0),
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  content bytea not null,
  reason text check (length(reason) between 1 and 1000),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, subject_id, period_id, version),
  check ((version = 1) = (reason is null)),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, period_id) references milestones.periods (tenant_id, workspace_id, id)
);
create index packets_of_period on milestones.packets (tenant_id, workspace_id, period_id);
create trigger never_changed before update or delete on milestones.packets for each row execute function core.refuse_change();
select core.protect('milestones.packets', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"milestones.committee.read"}], "insert":[{"may":"milestones.committee.prepare"}]}');

-- That a sheet was handed in, and by whom. What is in it is the sheet's.
create table milestones.handed_in (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  period_id uuid not null,
  member_id uuid not null default core.actor(),
  sheet_id uuid not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, sheet_id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, period_id) references milestones.periods (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, sheet_id) references milestones.sheets (tenant_id, workspace_id, id),
  foreign key (tenant_id, member_id) references core.persons (tenant_id, id)
);
create index handed_in_of_subject on milestones.handed_in (tenant_id, workspace_id, subject_id);
create index handed_in_of_period on milestones.handed_in (tenant_id, workspace_id, period_id);
create index handed_in_of_member on milestones.handed_in (tenant_id, member_id);
create trigger never_changed before update or delete on milestones.handed_in for each row execute function core.refuse_change();
select core.protect('milestones.handed_in', '{"scope":"workspace", "subject":"subject_id", "mine":"member_id",
  "select":[{"may":"milestones.committee.read"}], "insert":[{"may":"milestones.committee.rate"}]}');

-- From here on all sheets of a review are open to the committee and the director. Without a reason only when nobody is awaited.
create table milestones.reveals (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  period_id uuid not null,
  reason text check (length(reason) between 1 and 1000),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, subject_id, period_id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, period_id) references milestones.periods (tenant_id, workspace_id, id)
);
create index reveals_of_period on milestones.reveals (tenant_id, workspace_id, period_id);
create trigger never_changed before update or delete on milestones.reveals for each row execute function core.refuse_change();
select core.protect('milestones.reveals', '{"scope":"workspace", "subject":"subject_id", "mine":"made_by",
  "select":[{"may":"milestones.committee.read"}],
  "insert":[{"may":"milestones.committee.rate", "when":"reason is null"}, {"may":"milestones.committee.prepare"}]}');

create table milestones.meetings (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  period_id uuid not null,
  held_on date not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, period_id) references milestones.periods (tenant_id, workspace_id, id)
);
create index meetings_of_period on milestones.meetings (tenant_id, workspace_id, period_id);
create trigger never_changed before update or delete on milestones.meetings for each row execute function core.refuse_change();
select core.protect('milestones.meetings', '{"scope":"workspace", 
  "select":[{"may":"milestones.committee.read"}], "insert":[{"may":"milestones.meetings.hold"}]}');

-- Who sat in a meeting. The last row of a person counts: someone may come late or leave.
create table milestones.presences (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  meeting_id uuid not null,
  person_id uuid not null,
  is_present boolean not null,
  is_core boolean not null default false,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, meeting_id) references milestones.meetings (tenant_id, workspace_id, id),
  foreign key (tenant_id, person_id) references core.persons (tenant_id, id)
);
create index presences_of_meeting on milestones.presences (tenant_id, workspace_id, meeting_id);
create index presences_of_person on milestones.presences (tenant_id, person_id);
create trigger never_changed before update or delete on milestones.presences for each row execute function core.refuse_change();
select core.protect('milestones.presences', '{"scope":"workspace", 
  "select":[{"may":"milestones.committee.read"}], "insert":[{"may":"milestones.meetings.hold"}]}');

-- Sealed under the program's key: they speak of more than one trainee.
create table milestones.minutes (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  meeting_id uuid not null,
  version int not null check (version > 0),
  text bytea not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, meeting_id, version),
  foreign key (tenant_id, workspace_id, meeting_id) references milestones.meetings (tenant_id, workspace_id, id)
);
create trigger never_changed before update or delete on milestones.minutes for each row execute function core.refuse_change();
select core.protect('milestones.minutes', '{"scope":"workspace", 
  "select":[{"may":"milestones.committee.read"}], "insert":[{"may":"milestones.meetings.hold"}]}');

-- What the committee recommends on one trainee: adopted on the consent agenda, or discussed.
-- `present` and `recused` are how many sat there when it was, and how many of them mentor the trainee.
create table milestones.recommendations (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  period_id uuid not null,
  meeting_id uuid not null,
  revision int not null check (revision > 0),
  how text not null check (how in ('consent', 'discussed')),
  present int not null check (present > 0),
  recused int not null check (recused >= 0),
  note bytea,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, subject_id, period_id, revision),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, period_id) references milestones.periods (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, meeting_id) references milestones.meetings (tenant_id, workspace_id, id)
);
create index recommendations_of_period on milestones.recommendations (tenant_id, workspace_id, period_id);
create index recommendations_of_meeting on milestones.recommendations (tenant_id, workspace_id, meeting_id);
create trigger never_changed before update or delete on milestones.recommendations for each row execute function core.refuse_change();
select core.protect('milestones.recommendations', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"milestones.committee.read"}], "insert":[{"may":"milestones.meetings.hold"}]}');

create table milestones.recommendation_levels (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  recommendation_id uuid not null,
  subject_id uuid not null,
  subcompetency_id uuid not null,
  status text not null check (status in ('rated', 'nycl1', 'nya')),
  half_steps smallint check (half_steps between 2 and 10),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, recommendation_id, subcompetency_id),
  check ((status = 'rated') = (half_steps is not null)),
  foreign key (tenant_id, workspace_id, recommendation_id) references milestones.recommendations (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subcompetency_id) references milestones.subcompetencies (tenant_id, workspace_id, id)
);
create index recommendation_levels_of_subject on milestones.recommendation_levels (tenant_id, workspace_id, subject_id);
create index recommendation_levels_of_subcompetency on milestones.recommendation_levels (tenant_id, workspace_id, subcompetency_id);
create trigger never_changed before update or delete on milestones.recommendation_levels for each row execute function core.refuse_change();
select core.protect('milestones.recommendation_levels', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"milestones.committee.read"}], "insert":[{"may":"milestones.meetings.hold"}]}');

-- The trainee's own view, before the committee meets. A second thought is a new row; the newest counts.
create table milestones.self_assessments (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  period_id uuid not null,
  note bytea,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, period_id) references milestones.periods (tenant_id, workspace_id, id)
);
create index self_assessments_of_subject on milestones.self_assessments (tenant_id, workspace_id, subject_id);
create index self_assessments_of_period on milestones.self_assessments (tenant_id, workspace_id, period_id);
create trigger never_changed before update or delete on milestones.self_assessments for each row execute function core.refuse_change();
select core.protect('milestones.self_assessments', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"milestones.self.read"}], "insert":[{"may":"milestones.self.write"}]}');

create table milestones.self_levels (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  assessment_id uuid not null,
  subject_id uuid not null,
  subcompetency_id uuid not null,
  status text not null check (status in ('rated', 'nycl1', 'nya')),
  half_steps smallint check (half_steps between 2 and 10),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, assessment_id, subcompetency_id),
  check ((status = 'rated') = (half_steps is not null)),
  foreign key (tenant_id, workspace_id, assessment_id) references milestones.self_assessments (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subcompetency_id) references milestones.subcompetencies (tenant_id, workspace_id, id)
);
create index self_levels_of_subject on milestones.self_levels (tenant_id, workspace_id, subject_id);
create index self_levels_of_subcompetency on milestones.self_levels (tenant_id, workspace_id, subcompetency_id);
create trigger never_changed before update or delete on milestones.self_levels for each row execute function core.refuse_change();
select core.protect('milestones.self_levels', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"milestones.self.read"}], "insert":[{"may":"milestones.self.write"}]}');

create unique index reviewers_once on milestones.reviewers (tenant_id, workspace_id, subject_id, period_id, member_id) where ended_at is null;
alter table milestones.sheets add column wants_discussion boolean not null default false;

-- What was rated before stays as open as it was.
insert into milestones.handed_in (tenant_id, workspace_id, subject_id, period_id, member_id, sheet_id, made_at, made_by)
  select tenant_id, workspace_id, subject_id, period_id, member_id, id, made_at, made_by from milestones.sheets;
insert into milestones.reveals (tenant_id, workspace_id, subject_id, period_id, made_at, made_by)
  select distinct on (tenant_id, workspace_id, subject_id, period_id) tenant_id, workspace_id, subject_id, period_id, made_at, made_by
  from milestones.sheets order by tenant_id, workspace_id, subject_id, period_id, made_at;

-- Two who hand in at the same moment wait for each other here, so that the second sees the first and reveals.
create function milestones.guard_sheet() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform pg_advisory_xact_lock(hashtextextended(new.subject_id::text || new.period_id::text, 5));
  if exists (select from core.assignments a
             where a.tenant_id = new.tenant_id and a.workspace_id = new.workspace_id and a.subject_id = new.subject_id
               and a.person_id = new.member_id and a.kind = 'mentor' and a.ended_at is null
               and (a.to_at is null or a.to_at > clock_timestamp())) then
    raise exception 'a mentor does not rate a trainee of his or her own' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger guard_sheet before insert on milestones.sheets for each row execute function milestones.guard_sheet();

create function milestones.guard_reveal() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if new.reason is not null then return new; end if;
  if not exists (select from milestones.handed_in h where h.tenant_id = new.tenant_id and h.workspace_id = new.workspace_id
                   and h.subject_id = new.subject_id and h.period_id = new.period_id) then
    raise exception 'nothing was handed in that could be revealed' using errcode = '42501';
  end if;
  if exists (select from milestones.reviewers r where r.tenant_id = new.tenant_id and r.workspace_id = new.workspace_id
               and r.subject_id = new.subject_id and r.period_id = new.period_id and r.ended_at is null
               and not exists (select from milestones.handed_in h where h.tenant_id = r.tenant_id and h.workspace_id = r.workspace_id
                 and h.subject_id = r.subject_id and h.period_id = r.period_id and h.member_id = r.member_id)) then
    raise exception 'a reviewer is still awaited' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger guard_reveal before insert on milestones.reveals for each row execute function milestones.guard_reveal();

create function milestones.keep_reviewer() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if to_jsonb(new) - 'ended_at' is distinct from to_jsonb(old) - 'ended_at' then
    raise exception 'of a reviewer only the end is written later' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep_reviewer before update on milestones.reviewers for each row execute function milestones.keep_reviewer();

drop policy reach_select on milestones.sheets;
create policy reach_select on milestones.sheets for select to :app using (
  member_id = (select core.reach_mine('milestones.committee.rate'))
  or ((select core.reaches('milestones.committee.read'))
      and (subject_id, period_id) in (select subject_id, period_id from milestones.reveals)));
drop policy reach_select on milestones.sheet_levels;
create policy reach_select on milestones.sheet_levels for select to :app using (
  member_id = (select core.reach_mine('milestones.committee.rate'))
  or ((select core.reaches('milestones.committee.read')) and sheet_id in (select id from milestones.sheets)));


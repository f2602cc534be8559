-- Who answers a request that a trainee made, and links that are sent again.
--
-- A code on the trainee's own screen, or a mail to an address that nobody here knows, says nothing about who answered. Such
-- an answer is not vouched for: it counts nowhere, and nobody reads it, before the program has confirmed who gave it. Peers
-- and patients answer without a name, so a trainee cannot ask them that way at all.

alter table milestones.evaluations
  add column is_vouched boolean not null default true,
  add column confirmed_at timestamptz,
  add column confirmed_by uuid,
  add constraint evaluations_unvouched check (is_vouched or (asked_by = 'trainee' and link_id is not null and kind not in ('peer', 'patient'))),
  add constraint evaluations_confirmed check ((confirmed_at is null) = (confirmed_by is null) and (confirmed_at is null or (not is_vouched and submitted_at is not null)));

create or replace function milestones.keep_submitted() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  changed text[];
  answers boolean;
  waits boolean := old.submitted_at is not null and not old.is_vouched and old.confirmed_at is null;
begin
  select coalesce(array_agg(n.key), '{}') into changed
  from jsonb_each(to_jsonb(new)) n join jsonb_each(to_jsonb(old)) o using (key) where n.value is distinct from o.value;
  if old.withdrawn_at is not null and changed <> '{}' then
    raise exception 'a withdrawn evaluation is never changed' using errcode = '42501';
  end if;
  if changed = array['withdrawn_at'] then
    if core.tenant() is not null and not (core.reaches('milestones.evaluations.withdraw')
        or ((old.submitted_at is null or waits) and core.reaches('milestones.evaluations.request'))) then
      raise exception 'only the director withdraws an evaluation' using errcode = '42501';
    end if;
    return new;
  end if;
  if waits and changed <@ array['confirmed_at', 'confirmed_by'] and new.confirmed_at is not null then
    if core.tenant() is not null and not core.reaches('milestones.evaluations.request') then
      raise exception 'only the program confirms who answered' using errcode = '42501';
    end if;
    new.confirmed_at := clock_timestamp();
    new.confirmed_by := coalesce(core.actor(), new.confirmed_by);
    return new;
  end if;
  if old.submitted_at is not null then
    raise exception 'a submitted evaluation is never changed' using errcode = '42501';
  end if;
  -- The link that went out before is void: who holds it opens nothing any more.
  if changed = array['link_id'] and old.link_id is not null and new.link_id is not null then
    if core.tenant() is not null and not core.reaches('milestones.links.renew') then
      raise exception 'only the program sends a link again' using errcode = '42501';
    end if;
    return new;
  end if;
  if not changed <@ array['narrative', 'saved_at', 'submitted_at', 'evaluator_name', 'due_on', 'expires_at', 'extended_at'] then
    raise exception 'an evaluation stays with its trainee, evaluator and rotation' using errcode = '42501';
  end if;
  if core.tenant() is null then return new; end if;
  answers := coalesce(old.evaluator_id = core.actor(), false) or coalesce(old.link_id = core.link(), false);
  if changed && array['due_on', 'expires_at', 'extended_at'] then
    if changed && array['narrative', 'saved_at', 'submitted_at', 'evaluator_name'] or old.extended_at is not null
       or new.extended_at is null or new.expires_at > greatest(old.expires_at, clock_timestamp()) + interval '7 days 1 minute'
       or not core.reaches('milestones.evaluations.request') then
      raise exception 'a request is extended once, by a week' using errcode = '42501';
    end if;
  elsif changed <> '{}' and not answers then
    raise exception 'only the evaluator answers' using errcode = '42501';
  end if;
  return new;
end $$;

-- An answer that waits is seen by who follows the requests, and read by nobody.
drop policy reach_select on milestones.evaluations;
create policy reach_select on milestones.evaluations for select to :app using (
  (select core.reaches('milestones.evaluations.follow'))
  or evaluator_id = (select core.reach_mine('milestones.evaluations.complete'))
  or (link_id = (select core.link()) and subject_id in (select core.reach_subjects('milestones.answer')))
  or (submitted_at is null and asked_by = 'trainee' and subject_id in (select core.reach_subjects('milestones.requests.make')))
  or (submitted_at is null and (select core.reaches('milestones.links.renew')))
  or (submitted_at is not null and withdrawn_at is null and kind not in ('peer', 'patient') and (is_vouched or confirmed_at is not null)
      and ((select core.reaches('milestones.evaluations.read')) or subject_id in (select core.reach_subjects('milestones.evaluations.read'))))
  or (submitted_at is not null and withdrawn_at is null and kind in ('peer', 'patient')
      and (select core.reaches('milestones.anonymous.read'))));
drop policy reach_insert on milestones.evaluations;
create policy reach_insert on milestones.evaluations for insert to :app with check (
  (select core.reaches('milestones.evaluations.request'))
  or (asked_by = 'trainee' and not is_vouched and evaluator_id is null and submitted_at is null and narrative is null and withdrawn_at is null
      and subject_id in (select core.reach_subjects('milestones.requests.make'))));
drop policy reach_update on milestones.evaluations;
create policy reach_update on milestones.evaluations for update to :app using (
  (submitted_at is null and withdrawn_at is null and expires_at > now()
    and (evaluator_id = (select core.reach_mine('milestones.evaluations.complete'))
      or (link_id = (select core.link()) and subject_id in (select core.reach_subjects('milestones.answer')))))
  or (submitted_at is null and withdrawn_at is null and (select core.reaches('milestones.evaluations.request')))
  or (submitted_at is null and withdrawn_at is null and link_id is not null and (select core.reaches('milestones.links.renew')))
  or (submitted_at is not null and withdrawn_at is null and not is_vouched and confirmed_at is null
      and (select core.reaches('milestones.evaluations.request')))
  or (withdrawn_at is null and (select core.reaches('milestones.evaluations.withdraw'))))
  with check (
  evaluator_id = (select core.reach_mine('milestones.evaluations.complete'))
  or (link_id = (select core.link()) and subject_id in (select core.reach_subjects('milestones.answer')))
  or (select core.reaches('milestones.evaluations.request')) or (select core.reaches('milestones.evaluations.withdraw'))
  or (submitted_at is null and link_id is not null and (select core.reaches('milestones.links.renew'))));

drop policy reach_select on milestones.evaluation_levels;
create policy reach_select on milestones.evaluation_levels for select to :app using (
  (status is null and (select core.reaches('milestones.evaluations.follow')))
  or (status is null and subject_id in (select core.reach_subjects('milestones.requests.make')))
  or evaluator_id = (select core.reach_mine('milestones.evaluations.complete'))
  or (subject_id in (select core.reach_subjects('milestones.answer'))
      and evaluation_id in (select id from milestones.evaluations where link_id = (select core.link())))
  or (((select core.reaches('milestones.evaluations.read')) or subject_id in (select core.reach_subjects('milestones.evaluations.read')))
      and evaluation_id in (select id from milestones.evaluations where submitted_at is not null and withdrawn_at is null
        and (is_vouched or confirmed_at is not null)
        and (kind not in ('peer', 'patient') or (select core.reaches('milestones.anonymous.read'))))));

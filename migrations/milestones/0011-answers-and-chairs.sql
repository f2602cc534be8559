-- Colleagues who sign in answer the whole form, in drafts too: what is not sent yet may change, an empty answer is none.
alter table milestones.evaluation_answers alter column value drop not null;
drop trigger never_changed on milestones.evaluation_answers;
create function milestones.keep_answers() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op = 'DELETE' or (to_jsonb(new) - 'value') is distinct from (to_jsonb(old) - 'value')
     or not exists (select from milestones.evaluations e where e.tenant_id = old.tenant_id and e.workspace_id = old.workspace_id
                      and e.id = old.evaluation_id and e.submitted_at is null and e.withdrawn_at is null) then
    raise exception 'what was answered is changed only until it is sent' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep_answers before update or delete on milestones.evaluation_answers for each row execute function milestones.keep_answers();
create policy reach_update on milestones.evaluation_answers for update to :app using (
  evaluator_id = (select core.reach_mine('milestones.evaluations.complete'))
  and evaluation_id in (select id from milestones.evaluations where submitted_at is null))
  with check (evaluator_id = (select core.reach_mine('milestones.evaluations.complete')));
grant update (value) on milestones.evaluation_answers to :app;

-- Who led the meeting.
alter table milestones.presences add column is_chair boolean not null default false;
alter table milestones.presences add constraint presences_chair check (not is_chair or is_present);

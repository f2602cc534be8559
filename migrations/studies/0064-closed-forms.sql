-- A form that is closed to a person for reading is not told by what was asked about it either.
create policy wall_closed_form on studies.queries as restrictive for select to :app
  using (form not in (select c.form from studies.closed_forms c where c.person_id = (select core.actor()) and c.action = 'read' and c.opened_at is null));
-- A message shows where its query shows: those of a closed form, and of a first entry that is to stay unseen, do not.
create policy wall_closed_form on studies.query_messages as restrictive for select to :app
  using ((select core.actor_kind()) <> 'person' or not exists (select from studies.closed_forms c
      where c.person_id = (select core.actor()) and c.action = 'read' and c.opened_at is null)
    or query_id in (select q.id from studies.queries q));

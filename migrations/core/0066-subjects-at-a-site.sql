-- Whoever may add subjects at one site adds them there. A row that is being inserted is in nobody's list of subjects yet;
-- its site is known, so the site is asked: for the insert, and for the row that the insert answers with.
create policy reach_insert_at_site on core.subjects for insert to :app
  with check (site_id in (select core.reach_sites('core.subjects.manage')));
create policy reach_select_at_site on core.subjects for select to :app
  using (site_id in (select core.reach_sites('core.subjects.read')));

-- Whoever may add subjects at a site adds them there: a new row is in nobody's reach by its id yet, but it is by its site.
create policy reach_insert_at_site on core.subjects for insert to :app
  with check (site_id in (select core.reach_sites('core.subjects.manage')));
create policy reach_select_at_site on core.subjects for select to :app
  using (site_id in (select core.reach_sites('core.subjects.read')));

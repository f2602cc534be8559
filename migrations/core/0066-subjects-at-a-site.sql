-- Whoever may add subjects at one site adds them there: a new row is in nobody's reach yet, its site is.
create policy reach_insert_at_site on core.subjects for insert to :app
  with check (site_id in (select core.reach_sites('core.subjects.manage')));

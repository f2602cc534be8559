-- Whoever may add subjects at one site adds them there. A row that is being inserted is in nobody's list of subjects yet;
-- its site is known, so the site is asked: for the insert, and for the row that the insert answers with.
drop policy reach_insert on core.subjects;
create policy reach_insert on core.subjects for insert to :app with check (
  (select core.reaches('core.subjects.manage')) or id in (select core.reach_subjects('core.subjects.manage'))
  or site_id in (select core.reach_sites('core.subjects.manage')));
drop policy reach_select on core.subjects;
create policy reach_select on core.subjects for select to :app using (
  (select core.reaches('core.subjects.read')) or id in (select core.reach_subjects('core.subjects.read'))
  or site_id in (select core.reach_sites('core.subjects.read')));

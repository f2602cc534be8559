-- What a participant writes back to the study's number is not kept, but answered: a STOP is confirmed, anything else hears
-- that nobody reads there. Such a text belongs to no survey.
alter table studies.survey_messages alter column survey_id drop not null;
alter table studies.survey_messages drop constraint survey_messages_kind_check;
alter table studies.survey_messages add constraint survey_messages_kind_check
  check (kind in ('invitation', 'reminder', 'code', 'stopped', 'about'));
alter table studies.survey_messages add constraint survey_messages_about_check
  check ((survey_id is null) = (kind in ('stopped', 'about')));

-- Each warning on a sheet is answered by itself, in the member's own words, sealed as the note is: {"regression": "…"}.
-- Sheets from before were handed in with one tick for all of them.
alter table milestones.sheets add column reasons bytea;
alter table milestones.sheets add constraint sheets_reasons check (warnings = '[]' or reasons is not null) not valid;

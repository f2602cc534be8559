-- A file that came in holds participants' answers, whatever is made of them: it lies sealed, under the key of the study.
-- So do the pieces that a large one is read into (they go when it is done) and what a report quotes of it.
-- Data and definitions are apart, for not everybody who may open the one may open the other.

alter table studies.imports alter column raw drop not null;
alter table studies.imports add column data_file bytea;
alter table studies.imports add column definition_file bytea;
-- `raw` is what came in before this migration; the program seals it within a day (studies.seal_files).
alter table studies.imports add check (num_nonnulls(raw, data_file, definition_file) = 1);
alter table studies.imports add check (data_file is null or purpose = 'data');
alter table studies.imports add check (definition_file is null or purpose = 'definition');
create index imports_unsealed on studies.imports (tenant_id, workspace_id) where raw is not null;

alter table studies.import_pieces alter column content drop not null;
alter table studies.import_pieces add column file_values bytea;
alter table studies.import_pieces add check (num_nonnulls(content, file_values) = 1);
alter table studies.import_pieces add check (file_values is null or holds = 'values');

-- Numbers stay readable; what quotes the file is told again when it is looked at again.
alter table studies.import_runs add column found bytea;
update studies.import_runs set report = report - 'open' - 'lostSentences' - 'notes';

create or replace function studies.keep_raw() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  -- The one thing that may be done to a file: that it is sealed.
  seals boolean := old.raw is not null and new.raw is null;
begin
  if (new.tenant_id, new.workspace_id, new.id, new.purpose, new.filename, new.format, new.sha256, new.bytes, new.made_by)
     is distinct from
     (old.tenant_id, old.workspace_id, old.id, old.purpose, old.filename, old.format, old.sha256, old.bytes, old.made_by)
     or not seals and (new.raw, new.data_file, new.definition_file) is distinct from (old.raw, old.data_file, old.definition_file) then
    raise exception 'a file stays as it came' using errcode = '42501';
  end if;
  if old.taken_at is not null and (not seals
     or (to_jsonb(new) - array['raw', 'data_file', 'definition_file']) is distinct from (to_jsonb(old) - array['raw', 'data_file', 'definition_file'])) then
    raise exception 'an import that was carried out is never changed' using errcode = '42501';
  end if;
  return new;
end $$;

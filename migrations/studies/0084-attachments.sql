-- Files and drawn signatures that fields hold. The answer itself is a reference with the digest (modules/studies/capture/
-- attachment.ts), so history, versions, locks and signatures need nothing of their own; name and bytes lie here, sealed
-- under the participant's key. Those of an encrypted field are sealed for who may open encrypted answers.

create table studies.attachments (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  site_id uuid,
  sheet_id uuid not null,
  value_id uuid not null,
  ending text not null check (ending in ('pdf', 'png', 'jpg', 'gif', 'webp', 'heic', 'dcm', 'txt')),
  bytes int not null check (bytes between 1 and 10485760),
  sha256 bytea not null check (length(sha256) = 32),
  source text not null check (source in ('entry', 'survey')),
  blinded boolean not null default false,
  name bytea,
  content bytea,
  closed_name bytea,
  closed_content bytea,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  check (num_nonnulls(name, content) = 2 and num_nonnulls(closed_name, closed_content) = 0
    or num_nonnulls(name, content) = 0 and num_nonnulls(closed_name, closed_content) = 2),
  foreign key (tenant_id, workspace_id, value_id) references studies.field_values (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, sheet_id) references studies.sheets (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index attachments_of_sheet on studies.attachments (tenant_id, workspace_id, sheet_id);
create index attachments_of_value on studies.attachments (tenant_id, workspace_id, value_id);
create index attachments_of_subject on studies.attachments (tenant_id, workspace_id, subject_id);
create trigger never_changed before update or delete on studies.attachments for each row execute function core.refuse_change();

-- It belongs to the answer that was saved with it: same form, same participant, as blinded as that, and no lock above.
create function studies.keep_attachment() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select from studies.field_values v where v.tenant_id = new.tenant_id and v.workspace_id = new.workspace_id
      and v.id = new.value_id and v.sheet_id = new.sheet_id and v.subject_id = new.subject_id and v.blinded = new.blinded
      and v.changed_at >= transaction_timestamp() and v.changed_by is not distinct from new.made_by) then
    raise exception 'a file comes with its answer' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep_attachment before insert on studies.attachments for each row execute function studies.keep_attachment();

select core.protect('studies.attachments', '{"scope":"workspace", "subject":"subject_id",
  "select":[{"may":"studies.data.read", "when":"not blinded"}, {"may":"studies.allocation.read"},
            {"may":"studies.surveys.answer", "when":"source = ''survey''"}],
  "insert":[{"may":"studies.data.enter", "when":"source = ''entry''"}, {"may":"studies.surveys.answer", "when":"source = ''survey'' and not blinded"}]}');
-- Whoever does not see the answer does not see its file: closed forms, second entries, a participant's own link.
create policy wall_value on studies.attachments as restrictive for select to :app
  using (exists (select from studies.field_values v where v.tenant_id = attachments.tenant_id
    and v.workspace_id = attachments.workspace_id and v.id = attachments.value_id));

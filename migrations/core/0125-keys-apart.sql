-- A second key of a workspace, for what the key of its data must never open: a randomisation list.
alter table core.keys drop constraint keys_purpose_check;
alter table core.keys add constraint keys_purpose_check check (purpose in ('field', 'apart', 'index', 'file', 'export', 'backup'));

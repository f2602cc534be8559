-- Recordings and papers beside a text, and what a participant opened. A text names its media with their digests, so that
-- what is signed covers them; the bytes lie here in sealed pieces, of which a page that plays them reads only some.

create table econsent.media (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  document_id uuid not null,
  type text not null check (type in ('application/pdf', 'audio/mp4', 'audio/mpeg', 'audio/ogg', 'audio/wav', 'video/mp4', 'video/webm')),
  bytes int not null check (bytes between 1 and 33554432),
  sha256 bytea not null check (length(sha256) = 32),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  foreign key (tenant_id, workspace_id, document_id) references econsent.documents (tenant_id, workspace_id, id)
);
create index media_of_document on econsent.media (tenant_id, workspace_id, document_id);

create table econsent.media_pieces (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  medium_id uuid not null,
  ordinal int not null check (ordinal between 0 and 127),
  piece bytea not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, workspace_id, id),
  unique (tenant_id, workspace_id, medium_id, ordinal),
  foreign key (tenant_id, workspace_id, medium_id) references econsent.media (tenant_id, workspace_id, id)
);

create trigger never_changed before update or delete on econsent.media for each row execute function core.refuse_change();
create trigger never_changed before update or delete on econsent.media_pieces for each row execute function core.refuse_change();

-- A file is whole when the transaction that brought it ends: nothing is put behind it later.
create function econsent.keep_piece() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select from econsent.media m where m.tenant_id = new.tenant_id and m.workspace_id = new.workspace_id
      and m.id = new.medium_id and m.made_at >= transaction_timestamp() and m.made_by is not distinct from new.made_by
      and new.ordinal <= (m.bytes - 1) / 262144) then
    raise exception 'a piece comes with its file' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep_piece before insert on econsent.media_pieces for each row execute function econsent.keep_piece();

select core.protect('econsent.media', '{"scope": "workspace", "select": [{"may": "econsent.documents.read"}], "insert": [{"may": "econsent.documents.write"}]}');
select core.protect('econsent.media_pieces', '{"scope": "workspace", "select": [{"may": "econsent.documents.read"}], "insert": [{"may": "econsent.documents.write"}]}');

-- By a link: what a published text names, and nothing that was only tried.
create policy reach_select_by_link on econsent.media for select to :app
  using ((select exists (select from core.live_reach('econsent.own'))) and id in (
    select (medium.value #>> '{file,id}')::uuid
    from econsent.texts t cross join lateral jsonb_array_elements(coalesce(t.content -> 'media', '[]')) as medium(value)
    where t.id in (select text_id from econsent.publications)));
create policy reach_select_by_link on econsent.media_pieces for select to :app
  using ((select exists (select from core.live_reach('econsent.own'))) and medium_id in (select id from econsent.media));

alter table econsent.steps drop constraint steps_kind_check;
alter table econsent.steps add constraint steps_kind_check
  check (kind in ('read', 'opened', 'answered', 'agreed', 'chose', 'paused', 'resumed', 'talked'));

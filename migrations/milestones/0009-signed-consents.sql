-- Consents that are signed: to a release, by the one who consents, with a credential asked for again; and the document in
-- which a program agreed to benchmarks, kept beside its digest.

alter table milestones.third_party_consents add column signature_id uuid;

create or replace function milestones.guard_consent() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select from milestones.third_party_requests r where r.tenant_id = new.tenant_id and r.workspace_id = new.workspace_id
                   and r.id = new.request_id and r.subject_id = new.subject_id and r.sha256 = new.sha256 and r.expires_on >= current_date) then
    raise exception 'what was consented to is not what is asked now' using errcode = '42501';
  end if;
  if exists (select from milestones.third_party_endings e where e.tenant_id = new.tenant_id and e.workspace_id = new.workspace_id and e.request_id = new.request_id) then
    raise exception 'this request has ended' using errcode = '42501';
  end if;
  -- The signature is the signer's own, over this request, given for nothing else.
  if not exists (select from core.signatures s where s.tenant_id = new.tenant_id and s.workspace_id = new.workspace_id and s.id = new.signature_id
                   and s.person_id = new.made_by and s.event = 'milestones.release_consented'
                   and s.record = 'milestones.third_party_requests' and s.row_id = new.request_id::text) then
    raise exception 'a consent to a release is signed by the one who gives it' using errcode = '42501';
  end if;
  return new;
end $$;

create or replace function milestones.guard_third_party() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if (select count(distinct c.side) from milestones.third_party_consents c join milestones.third_party_requests r
        on r.tenant_id = c.tenant_id and r.workspace_id = c.workspace_id and r.id = c.request_id and r.sha256 = c.sha256
      where c.tenant_id = new.tenant_id and c.workspace_id = new.workspace_id and c.request_id = new.request_id
        and c.made_by is not null and c.signature_id is not null and r.subject_id = new.subject_id and r.expires_on >= current_date) < 2 then
    raise exception 'director and trainee have not both consented to this, or it has expired' using errcode = '42501';
  end if;
  if exists (select from milestones.third_party_endings e where e.tenant_id = new.tenant_id and e.workspace_id = new.workspace_id and e.request_id = new.request_id) then
    raise exception 'a consent was taken back' using errcode = '42501';
  end if;
  return new;
end $$;

-- Null: recorded before documents were kept, when the institution kept them itself.
alter table milestones.benchmark_consents add column document bytea;
create function milestones.keep_document() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if new.document is null then
    raise exception 'a consent to benchmarks comes with its document' using errcode = '23502';
  end if;
  return new;
end $$;
create trigger keep_document before insert on milestones.benchmark_consents for each row execute function milestones.keep_document();

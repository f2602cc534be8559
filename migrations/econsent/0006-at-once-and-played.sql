-- Who signs one consent at the same moment signs one after the other: the second sees the first, so that the last of them
-- always finds the consent whole (two parents, each on his own telephone).

create or replace function econsent.keep_signature() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  c econsent.consents;
  s econsent.signers;
begin
  perform pg_advisory_xact_lock(hashtextextended('econsent.consents ' || new.consent_id, 0));
  select * into c from econsent.consents x where x.tenant_id = new.tenant_id and x.workspace_id = new.workspace_id and x.id = new.consent_id;
  select * into s from econsent.signers x where x.tenant_id = new.tenant_id and x.workspace_id = new.workspace_id and x.id = new.signer_id;
  if c.id is null or s.consent_id is distinct from c.id or s.role is distinct from new.role
    or s.subject_id is distinct from new.subject_id or c.subject_id is distinct from new.subject_id then
    raise exception 'a signature belongs to a signer of its own consent' using errcode = '42501';
  end if;
  if new.document_sha256 is distinct from (select p.sha256 from econsent.publications p
    join econsent.versions v on v.tenant_id = p.tenant_id and v.workspace_id = p.workspace_id and v.id = p.version_id
    where p.tenant_id = new.tenant_id and p.workspace_id = new.workspace_id and p.version_id = new.version_id
      and v.document_id = c.document_id) then
    raise exception 'what is signed is a published version, in its own words' using errcode = '42501';
  end if;
  if exists (select from econsent.declines d where d.tenant_id = new.tenant_id and d.workspace_id = new.workspace_id and d.consent_id = c.id) then
    raise exception 'what was declined or closed is not signed' using errcode = '42501';
  end if;
  if exists (
    select from econsent.signers o where o.tenant_id = new.tenant_id and o.workspace_id = new.workspace_id and o.consent_id = c.id
      and o.place < s.place and not exists (select from econsent.signatures g
        where g.tenant_id = o.tenant_id and g.workspace_id = o.workspace_id and g.signer_id = o.id and g.version_id = new.version_id)) then
    raise exception 'those who sign first have not signed this version yet' using errcode = '42501';
  end if;
  if exists (select from econsent.signatures g where g.tenant_id = new.tenant_id and g.workspace_id = new.workspace_id
      and g.consent_id = c.id and g.version_id <> new.version_id) then
    raise exception 'all sign the same version' using errcode = '42501';
  end if;
  if new.way in ('typed', 'drawn') then
    if new.version_id is distinct from econsent.in_force(c.document_id, c.site_id, c.language)
      or not exists (select from econsent.readings r where r.tenant_id = new.tenant_id and r.workspace_id = new.workspace_id
        and r.id = new.reading_id and r.signer_id = new.signer_id and r.version_id = new.version_id) then
      raise exception 'the version that was read is not in force any more' using errcode = '42501';
    end if;
    if exists (select from econsent.questions q where q.tenant_id = new.tenant_id and q.workspace_id = new.workspace_id
        and q.consent_id = c.id and q.holds and not exists (select from econsent.replies a
          where a.tenant_id = q.tenant_id and a.workspace_id = q.workspace_id and a.question_id = q.id)) then
      raise exception 'a question waits for its answer' using errcode = '42501';
    end if;
  end if;
  return new;
end $$;

-- Pressing play is told by the page, where it has scripts; that a recording was asked for is known without them (opened).
alter table econsent.steps drop constraint steps_kind_check;
alter table econsent.steps add constraint steps_kind_check
  check (kind in ('read', 'opened', 'played', 'answered', 'agreed', 'chose', 'paused', 'resumed', 'talked'));

-- A no and the last signature at the same moment: one of them comes first, and the other finds it. What took effect is
-- taken back and not declined; what was declined or closed never takes effect.

create function econsent.keep_decline() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  -- The lock that every signature of this consent takes, and holds until what follows from it is there.
  perform pg_advisory_xact_lock(hashtextextended('econsent.consents ' || new.consent_id, 0));
  if exists (select from econsent.completions k where k.tenant_id = new.tenant_id and k.workspace_id = new.workspace_id
      and k.consent_id = new.consent_id) then
    raise exception 'a consent that took effect is taken back, not declined' using errcode = '23505';
  end if;
  if new.signer_id is not null and exists (select from econsent.signatures g where g.tenant_id = new.tenant_id
      and g.workspace_id = new.workspace_id and g.signer_id = new.signer_id) then
    raise exception 'who has signed has not declined' using errcode = '23505';
  end if;
  return new;
end $$;
create trigger keep_decline before insert on econsent.declines for each row execute function econsent.keep_decline();

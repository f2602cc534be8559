-- Who manages access for some hours only (core.decide_request) gives none: neither lastingly to somebody else, nor hours to
-- him who then gives the next ones back. Whatever way a grant is made by a person, it passes here.
set local role :keeper;
create function core.check_giver() returns trigger
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
  if core.actor_kind() is distinct from 'person' or exists (
    select from core.grants g join core.role_permissions rp on rp.role = g.role and rp.permission = 'core.grants.manage'
    where g.tenant_id = core.tenant() and g.person_id = core.actor() and g.revoked_at is null
      and (g.workspace_id is null or g.workspace_id = new.workspace_id)
      and g.from_at <= clock_timestamp() and (g.to_at is null or g.to_at > clock_timestamp())
      and not exists (select from core.access_requests r where r.tenant_id = g.tenant_id and r.grant_id = g.id))
    or not exists (
    select from core.grants g join core.access_requests r on r.tenant_id = g.tenant_id and r.grant_id = g.id
    where g.tenant_id = core.tenant() and g.person_id = core.actor() and g.workspace_id = new.workspace_id and g.revoked_at is null
      and g.from_at <= clock_timestamp() and g.to_at > clock_timestamp()) then
    return new;
  end if;
  raise exception 'who is here for some hours gives no access' using errcode = '42501';
end $$;
revoke execute on function core.check_giver() from public;
grant execute on function core.check_giver() to :owner;
set local role :owner;
create trigger check_giver before insert on core.grants for each row execute function core.check_giver();

-- From where a person works: a network that is new to him is worth an alarm when records are seen from it.
alter table core.habits add column networks cidr[] not null default '{}';
alter table core.alarms drop constraint alarms_detector_check;
alter table core.alarms add constraint alarms_detector_check
  check (detector in ('canary', 'volume', 'unassigned', 'refusals', 'walking', 'exports', 'hours', 'network'));

-- As providers give them out: one house has a /24, or a /48.
create function core.network_of(address inet) returns cidr
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select network(set_masklen(address, case family(address) when 4 then 24 else 48 end))
$$;
revoke execute on function core.network_of(inet) from public;
grant execute on function core.network_of(inet) to :app;

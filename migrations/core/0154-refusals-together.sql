-- Refusals of strangers, many in one statement. The house gathers them while others are being written; in one minute the
-- same may stand there several times, also as one address in two spellings.
create function core.note_refusals(counted jsonb) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
  insert into core.refusals as r (tenant_id, minute, ip, act, status, times)
  select (c ->> 'tenant')::uuid, date_trunc('minute', clock_timestamp()), (c ->> 'ip')::inet, left(c ->> 'act', 200),
      (c ->> 'status')::int, sum((c ->> 'times')::bigint)
    from jsonb_array_elements(counted) c
    group by 1, 2, 3, 4, 5 order by 1, 3, 4, 5
  on conflict (tenant_id, minute, ip, act, status)
  do update set times = r.times + excluded.times, last_at = clock_timestamp()
$$;
revoke execute on function core.note_refusals(jsonb) from public;
grant execute on function core.note_refusals(jsonb) to :door;
alter function core.note_refusals(jsonb) owner to :keeper;
drop function core.note_refusal(uuid, inet, text, int);

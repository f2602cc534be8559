-- The record as the one it is about may read it: who looked at what of his, and when. Tables and columns, never the rows of
-- others that the same request may have touched, nor its detail. Only under a link of his own (reach `own`).
create function core.my_record(most int, out id bigint, out at timestamptz, out actor_kind text, out actor_name text,
  out event text, out sentence text, out read jsonb, out changed jsonb)
returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select e.id, e.at, e.actor_kind, e.actor_name, e.event,
    -- A request about several people is told without its sentence, which may name the others.
    case when cardinality(e.subjects) = 1 then e.sentence end,
    (select coalesce(jsonb_object_agg(t.key, t.value -> 'columns'), '{}') from jsonb_each(e.read) t),
    (select coalesce(jsonb_object_agg(t.key, t.value -> 'columns'), '{}') from jsonb_each(e.changed) t)
  from core.audit_events e
  where (core.context())[5] = 'subject' and e.tenant_id = core.tenant() and e.workspace_id = core.workspace()
    and e.subjects @> array[core.actor()] and e.outcome = 'done'
  order by e.id desc limit least(my_record.most, 500)
$$;
revoke execute on function core.my_record(int) from public;
grant execute on function core.my_record(int) to :app;
create policy keeper_read on core.audit_events for select to :keeper using (true);
alter function core.my_record(int) owner to :keeper;

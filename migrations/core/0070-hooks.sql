-- Doors for machines, and jobs that begin at once.
--
-- A provider's webhook comes without a session: the place is found by the workspace's name in its address, and what it
-- may do is the module's manifest, signed into the context of the transaction like that of any job.

create function core.place_named(tenant uuid, workspace_slug text) returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select core.place(w.tenant_id, w.id) from core.workspaces w
  where w.tenant_id = place_named.tenant and w.slug = place_named.workspace_slug and w.archived_at is null
$$;

-- A job that the asking process begins itself right after COMMIT. The queue keeps a copy under the same id for the case
-- that the process dies first; whoever begins the run takes the waiting copy away, in the run's own transaction.
create function core.enqueue_run(run uuid, job text, payload jsonb, start_after timestamptz) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  c text[] := core.context();
begin
  if c is null or c[5] = 'nobody' or c[4] = '' then
    raise exception 'the job % belongs to a workspace, and to somebody who is known', job using errcode = '42501';
  end if;
  perform core.put_job(run, 'jobs',
    jsonb_build_object('job', job, 'payload', payload, 'tenant', c[3], 'workspace', nullif(c[4], ''),
      'by', jsonb_build_object('kind', c[5], 'id', nullif(c[6], ''))), greatest(start_after, now()));
end $$;

set local role :keeper;
create or replace function core.begin_run(run uuid, job text) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  c text[] := core.context();
begin
  if c is null or c[5] <> 'system' then
    raise exception 'only a job runs' using errcode = '42501';
  end if;
  insert into core.job_runs (tenant_id, id, workspace_id, job) values (c[3]::uuid, run, nullif(c[4], '')::uuid, job)
    on conflict do nothing;
  if not found then return false; end if;
  delete from pgboss.job j where j.name = 'jobs' and j.id = run and j.state = 'created'
    and j.data ->> 'tenant' = c[3] and j.data ->> 'job' = begin_run.job;
  return true;
end $$;
set local role :owner;
grant select, delete on pgboss.job to :keeper;

do $$
declare
  f regprocedure;
begin
  for f in select p.oid::regprocedure from pg_proc p where p.pronamespace = 'core'::regnamespace and p.proname in
    ('place_named', 'enqueue_run') loop
    execute format('revoke execute on function %s from public', f);
  end loop;
  grant execute on function core.enqueue_run(uuid, text, jsonb, timestamptz) to :app;
  grant execute on function core.place_named(uuid, text) to :door;
  for f in select p.oid::regprocedure from pg_proc p where p.pronamespace = 'core'::regnamespace and p.proname in
    ('place_named', 'enqueue_run') loop
    execute format('alter function %s owner to :keeper', f);
  end loop;
end $$;

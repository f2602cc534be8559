-- Jobs and letters. The schema pgboss and its tables are pg-boss's own and were made by the migration runner just before
-- this file (core/jobs/queue-schema.ts). Its rows are not walled by tenant; therefore :app cannot see them at all: it asks
-- core.enqueue, which stamps the place from the signed context, and only the worker's role :jobs reads them.

grant usage on schema pgboss to :jobs, :keeper;
grant select, insert, update, delete on all tables in schema pgboss to :jobs;
grant execute on all functions in schema pgboss to :jobs;
alter default privileges for role :owner in schema pgboss grant select, insert, update, delete on tables to :jobs;
revoke execute on all functions in schema pgboss from public;
grant select on pgboss.queue to :keeper;
grant insert on pgboss.job to :keeper;

-- Four queues: letters have their own so that a long job never keeps somebody waiting for a sign-in link; `ticks` takes
-- what the clock asks for, before it is spread over the workspaces; `dead` keeps what was given up, with the reason.
-- Seconds. A worker shows every 15 s that it lives; one that does not for 30 s is taken for dead and its job begins again.
select pgboss.create_queue('dead', '{"policy":"standard", "retentionSeconds":7776000, "retryLimit":0}');
select pgboss.create_queue('jobs', '{"policy":"standard", "retryLimit":5, "retryDelay":10, "retryBackoff":true, "retryDelayMax":900,
  "expireInSeconds":900, "heartbeatSeconds":30, "deleteAfterSeconds":604800, "deadLetter":"dead"}');
select pgboss.create_queue('mail', '{"policy":"standard", "retryLimit":12, "retryDelay":15, "retryBackoff":true, "retryDelayMax":3600,
  "expireInSeconds":300, "heartbeatSeconds":30, "deleteAfterSeconds":86400, "deadLetter":"dead"}');
select pgboss.create_queue('ticks', '{"policy":"standard", "retryLimit":5, "retryDelay":10, "retryBackoff":true, "retryDelayMax":300,
  "expireInSeconds":120, "heartbeatSeconds":30, "deleteAfterSeconds":86400, "deadLetter":"dead"}');

-- The one place that writes a job by hand. A row carries its queue's settings, as pg-boss's own insert copies them; a test
-- compares the two (tests/core/jobs/worker.test.ts), so that another version of pg-boss cannot part them unnoticed.
create function core.put_job(id uuid, queue text, data jsonb, start_after timestamptz) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
  insert into pgboss.job (id, name, data, start_after, created_on, keep_until, retry_limit, retry_delay, retry_backoff,
    retry_delay_max, expire_seconds, deletion_seconds, policy, dead_letter, heartbeat_seconds)
  select put_job.id, q.name, put_job.data, put_job.start_after, now(),
    put_job.start_after + make_interval(secs => q.retention_seconds), q.retry_limit, q.retry_delay, q.retry_backoff,
    q.retry_delay_max, q.expire_seconds, q.deletion_seconds, q.policy, q.dead_letter, q.heartbeat_seconds
  from pgboss.queue q where q.name = put_job.queue
  on conflict do nothing
$$;

-- In the caller's transaction: what is rolled back was never asked for. The place and the asker come from the signed
-- context; whatever the payload says about them is only payload. Somebody not signed in can ask for a letter alone.
create function core.enqueue(job text, payload jsonb, start_after timestamptz default null) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  c text[] := core.context();
begin
  if c is null then
    raise exception 'a job is asked for inside a context' using errcode = '42501';
  end if;
  if job <> 'core.mail' and (c[5] = 'nobody' or c[4] = '') then
    raise exception 'the job % belongs to a workspace, and to somebody who is known', job using errcode = '42501';
  end if;
  perform core.put_job(gen_random_uuid(), case job when 'core.mail' then 'mail' else 'jobs' end,
    jsonb_build_object('job', job, 'payload', payload, 'tenant', c[3], 'workspace', nullif(c[4], ''),
      'by', jsonb_build_object('kind', c[5], 'id', nullif(c[6], ''))),
    greatest(coalesce(start_after, now()), now()));
end $$;

-- The clock's job, once for each workspace where its module is on. The ids follow from the tick's, so a tick that is
-- taken twice spreads once.
create function core.fan_out(tick uuid, job text, wanted text) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  place record;
  count int := 0;
begin
  for place in
    select w.tenant_id, w.id from core.workspaces w join core.tenants t on t.tenant_id = w.tenant_id
    where w.archived_at is null and t.suspended_at is null
      and (select s.is_on from core.switches s where s.tenant_id = w.tenant_id and s.workspace_id = w.id
           and s.module = wanted order by s.made_at desc limit 1)
  loop
    perform core.put_job(md5(tick::text || job || place.id::text)::uuid, 'jobs',
      jsonb_build_object('job', job, 'payload', '{}'::jsonb, 'tenant', place.tenant_id, 'workspace', place.id,
        'by', jsonb_build_object('kind', 'clock', 'id', null)), now());
    count := count + 1;
  end loop;
  return count;
end $$;

-- Where a job runs: names for its context, and the modules that are on with their saved settings. Null when the
-- institution is suspended or the workspace archived.
create function core.place(tenant uuid, workspace uuid) returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select jsonb_build_object(
    'tenant', jsonb_build_object('id', t.tenant_id, 'slug', t.slug, 'name', t.name),
    'workspace', case when w.id is not null
      then jsonb_build_object('id', w.id, 'slug', w.slug, 'title', w.title, 'kind', w.kind) end,
    'modules', coalesce((
      select jsonb_object_agg(m.module, m.value) from (
        select distinct on (sw.module) sw.module, sw.is_on,
          coalesce((select st.value from core.settings st where st.tenant_id = t.tenant_id and st.workspace_id = w.id
            and st.module = sw.module order by st.made_at desc limit 1), '{}') as value
        from core.switches sw where sw.tenant_id = t.tenant_id and sw.workspace_id = w.id
        order by sw.module, sw.made_at desc) m where m.is_on), '{}'))
  from core.tenants t
  left join core.workspaces w on w.tenant_id = t.tenant_id and w.id = place.workspace and w.archived_at is null
  where t.tenant_id = place.tenant and t.suspended_at is null and (place.workspace is null or w.id is not null)
$$;

-- Which jobs have been done. Written in the job's own transaction: a job that is begun again after a crash finds its
-- row, or does the work, never both.
create table core.job_runs (
  tenant_id uuid not null,
  id uuid not null,
  workspace_id uuid,
  job text not null,
  done_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, id),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id)
);
create index job_runs_of_workspace on core.job_runs (tenant_id, workspace_id, done_at desc);
select core.protect('core.job_runs', '{"scope":"tenant"}');
create policy keeper on core.job_runs to :keeper using (true) with check (true);
grant select, insert on core.job_runs to :keeper;

-- False: it has been done already.
create function core.begin_run(run uuid, job text) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  c text[] := core.context();
begin
  if c is null or c[5] <> 'system' then
    raise exception 'only a job runs' using errcode = '42501';
  end if;
  insert into core.job_runs (tenant_id, id, workspace_id, job) values (c[3]::uuid, run, nullif(c[4], '')::uuid, job)
    on conflict do nothing;
  return found;
end $$;

-- Letters. The whole letter (address, subject, text) is sealed under the institution's key: it may hold a link that signs
-- somebody in. It is forgotten once it was sent or given up, except where everybody is invented.
create table core.mails (
  tenant_id uuid not null default core.tenant(),
  id uuid not null default gen_random_uuid(),
  workspace_id uuid default core.workspace(),
  letter bytea,
  state text not null default 'queued' check (state in ('queued', 'sent', 'failed')),
  tries int not null default 0,
  why text,                                 -- a code: what the mail server said last
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  settled_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id),
  check (letter is not null or state <> 'queued')
);
create index mails_by_time on core.mails (tenant_id, made_at desc);
create index mails_of_workspace on core.mails (tenant_id, workspace_id);
select core.protect('core.mails', '{"scope":"tenant"}');
-- Anybody with a true context may post a letter; nobody reads one: the worker takes it through core.take_mail.
create policy append on core.mails for insert to :app with check (workspace_id is not distinct from (select core.workspace())
  and made_by is not distinct from (select core.actor()));
grant insert (id, letter) on core.mails to :app;
create policy keeper on core.mails to :keeper using (true) with check (true);
grant select, insert, update on core.mails to :keeper;

-- Only under a context that the worker signed for this: no role holds core.mail.deliver.
create function core.delivers() returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select coalesce((core.context())[5] = 'system' and 'core.mail.deliver' = any (string_to_array((core.context())[8], ',')), false)
$$;
create function core.take_mail(mail uuid) returns bytea
language sql security definer set search_path = pg_catalog, pg_temp as $$
  update core.mails set tries = tries + 1
  where core.delivers() and tenant_id = core.tenant() and id = mail and state = 'queued'
  returning letter
$$;
create function core.settle_mail(mail uuid, became text, because text) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
  update core.mails set state = became, why = because,
    settled_at = case when became <> 'queued' then clock_timestamp() end,
    letter = case when became = 'queued' or (select t.demo from core.tenants t where t.tenant_id = core.tenant()) then letter end
  where core.delivers() and tenant_id = core.tenant() and id = mail and state = 'queued'
$$;

-- The outbox page of a demonstration: sealed still; the page opens what it shows.
create function core.demo_mails(tenant uuid, out id uuid, out letter bytea, out state text, out why text, out made_at timestamptz)
returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select m.id, m.letter, m.state, m.why, m.made_at from core.mails m join core.tenants t on t.tenant_id = m.tenant_id
  where m.tenant_id = tenant and t.demo and m.letter is not null order by m.made_at desc, m.id desc limit 200
$$;

-- Rights first, then the keeper: once a function is handed over, its giver can revoke nothing.
do $$
declare
  f regprocedure;
begin
  for f in select p.oid::regprocedure from pg_proc p where p.pronamespace = 'core'::regnamespace and p.proname in
    ('put_job', 'enqueue', 'fan_out', 'place', 'begin_run', 'delivers', 'take_mail', 'settle_mail', 'demo_mails') loop
    execute format('revoke execute on function %s from public', f);
  end loop;
  grant execute on function core.enqueue(text, jsonb, timestamptz), core.begin_run(uuid, text), core.take_mail(uuid),
    core.settle_mail(uuid, text, text) to :app;
  grant execute on function core.fan_out(uuid, text, text), core.place(uuid, uuid) to :jobs;
  grant execute on function core.demo_mails(uuid) to :door;
  for f in select p.oid::regprocedure from pg_proc p where p.pronamespace = 'core'::regnamespace and p.proname in
    ('put_job', 'enqueue', 'fan_out', 'place', 'begin_run', 'delivers', 'take_mail', 'settle_mail', 'demo_mails') loop
    execute format('alter function %s owner to :keeper', f);
  end loop;
end $$;

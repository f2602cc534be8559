-- Companies and servers outside the house that may be sent something: models that write text, carriers of text messages.
-- Nothing leaves without an entry in force (core/providers/entry.ts says what that is). An entry is never changed: what
-- differs is a new entry, and the old one ends.

create table core.providers (
  tenant_id uuid not null default core.tenant(),
  id uuid not null default gen_random_uuid(),
  service text not null check (service in ('model', 'text')),
  kind text not null,
  title text not null check (length(title) between 2 and 100),
  endpoint text not null check (endpoint ~ '^https?://'),
  region text not null check (length(region) between 2 and 60),
  config jsonb not null default '{}' check (jsonb_typeof(config) = 'object'),
  secret bytea,                             -- sealed under the institution's key; null where none is needed
  agreement text not null check (length(agreement) between 2 and 200),
  agreed_from date not null,
  agreed_until date not null,
  document_name text not null,
  document_sha256 bytea not null check (length(document_sha256) = 32),
  no_training boolean not null default false,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  ended_at timestamptz,
  ended_by uuid,
  end_reason text,
  primary key (tenant_id, id),
  check (agreed_until >= agreed_from),
  check ((ended_at is null) = (end_reason is null)),
  check (kind = any (case service when 'model' then array['azure-openai', 'openai-compatible'] else array['twilio', 'aws-sms'] end)),
  -- People's data never trains a model: a server that does not promise so has no entry.
  constraint models_do_not_train check (service <> 'model' or no_training)
);
create index providers_of_service on core.providers (tenant_id, service, made_at desc);
select core.protect('core.providers', '{"scope":"tenant",
  "select":[{"may":"core.providers.read"},{"may":"core.providers.use"}], "insert":[{"may":"core.providers.manage"}],
  "update":[{"may":"core.providers.manage"}]}');
-- Only the end of an entry is ever written into it.
revoke update on core.providers from :app;
grant update (ended_at, ended_by, end_reason) on core.providers to :app;
create policy keeper on core.providers for select to :keeper using (true);
grant select on core.providers to :keeper;

-- The agreement itself, as it was uploaded.
create table core.provider_documents (
  tenant_id uuid not null default core.tenant(),
  id uuid not null default gen_random_uuid(),
  provider_id uuid not null,
  body bytea not null check (length(body) between 1 and 10485760),
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, id),
  foreign key (tenant_id, provider_id) references core.providers (tenant_id, id)
);
create index provider_documents_of_provider on core.provider_documents (tenant_id, provider_id);
select core.protect('core.provider_documents', '{"scope":"tenant",
  "select":[{"may":"core.providers.read"}], "insert":[{"may":"core.providers.manage"}]}');

-- Which provider serves a workspace; the newest row counts, and one without a provider means off.
create table core.provider_uses (
  tenant_id uuid not null default core.tenant(),
  id uuid not null default gen_random_uuid(),
  workspace_id uuid not null,
  service text not null check (service in ('model', 'text')),
  provider_id uuid,
  reason text not null,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, id),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id),
  foreign key (tenant_id, provider_id) references core.providers (tenant_id, id)
);
create index provider_uses_newest on core.provider_uses (tenant_id, workspace_id, service, made_at desc);
create index provider_uses_of_provider on core.provider_uses (tenant_id, provider_id);
select core.protect('core.provider_uses', '{"scope":"tenant",
  "select":[{"may":"core.providers.read"},{"may":"core.settings.manage"}], "insert":[{"may":"core.settings.manage"}]}');
create policy wall_place on core.provider_uses as restrictive for all to :app
  using ((select core.workspace()) is null or workspace_id = (select core.workspace()))
  with check ((select core.workspace()) is null or workspace_id = (select core.workspace()));
create policy keeper on core.provider_uses for select to :keeper using (true);
grant select on core.provider_uses to :keeper;

-- What was asked of a model: written before anything leaves, settled when the answer is there. Digests, never the text.
create table core.model_runs (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  provider_id uuid not null,
  subject_id uuid,
  purpose text not null,
  prompt_version text not null,
  model text not null,
  input_sha256 bytea not null,
  input_bytes int not null,
  asked_at timestamptz not null default clock_timestamp(),
  outcome text not null default 'asked' check (outcome in ('asked', 'answered', 'unavailable', 'filtered', 'unreadable')),
  because text,                             -- a code: a status, a filter's category
  output_sha256 bytea,
  input_tokens int,
  output_tokens int,
  settled_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, workspace_id) references core.workspaces (tenant_id, id),
  foreign key (tenant_id, provider_id) references core.providers (tenant_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index model_runs_newest on core.model_runs (tenant_id, workspace_id, asked_at desc);
create index model_runs_of_provider on core.model_runs (tenant_id, provider_id, asked_at desc);
create index model_runs_of_subject on core.model_runs (tenant_id, workspace_id, subject_id);
select core.protect('core.model_runs', '{"scope":"workspace",
  "select":[{"may":"core.settings.manage"},{"may":"core.providers.use"}], "insert":[{"may":"core.providers.use"}],
  "update":[{"may":"core.providers.use","when":"outcome = ''asked''"}]}');
revoke update on core.model_runs from :app;
grant update (outcome, because, output_sha256, input_tokens, output_tokens, settled_at) on core.model_runs to :app;
create policy keeper on core.model_runs for select to :keeper using (true);
grant select on core.model_runs to :keeper;

-- What serves this workspace, without the secret: whoever works here may know where things are sent.
create function core.provider_here(wanted text) returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select to_jsonb(p) - array['secret', 'tenant_id', 'document_sha256', 'made_by', 'ended_by', 'end_reason']
  from (select u.provider_id from core.provider_uses u
    where u.tenant_id = core.tenant() and u.workspace_id = core.workspace() and u.service = wanted
    order by u.made_at desc limit 1) newest
  join core.providers p on p.tenant_id = core.tenant() and p.id = newest.provider_id
$$;

-- Tokens that a provider has counted today, in the whole institution: what a day's limit is held against.
create function core.tokens_today(provider uuid) returns bigint
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select coalesce(sum(coalesce(r.input_tokens, r.input_bytes / 3) + coalesce(r.output_tokens, 0)), 0)
  from core.model_runs r
  where r.tenant_id = core.tenant() and r.provider_id = provider and r.asked_at >= date_trunc('day', now(), 'UTC')
$$;

-- How much each provider was used in the last thirty days, for the institution's own page.
create function core.provider_figures(out provider_id uuid, out workspaces bigint, out runs bigint, out answered bigint, out tokens bigint)
returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select p.id,
    (select count(*) from (select distinct on (u.workspace_id) u.workspace_id, u.provider_id from core.provider_uses u
       where u.tenant_id = p.tenant_id and u.service = p.service order by u.workspace_id, u.made_at desc) n where n.provider_id = p.id),
    count(r.id), count(r.id) filter (where r.outcome = 'answered'),
    coalesce(sum(coalesce(r.input_tokens, 0) + coalesce(r.output_tokens, 0)), 0)
  from core.providers p
  left join core.model_runs r on r.tenant_id = p.tenant_id and r.provider_id = p.id and r.asked_at > now() - interval '30 days'
  where p.tenant_id = core.tenant() and core.reaches('core.providers.read')
  group by p.tenant_id, p.id, p.service
$$;

-- A job that asks a model waits in a queue of its own, so that a slow server keeps no other work waiting.
select pgboss.create_queue('models', '{"policy":"standard", "retryLimit":5, "retryDelay":10, "retryBackoff":true, "retryDelayMax":900,
  "expireInSeconds":900, "heartbeatSeconds":30, "deleteAfterSeconds":604800, "deadLetter":"dead"}');

-- As core.enqueue, for a job that asks a model.
create function core.enqueue_asking(job text, payload jsonb, start_after timestamptz default null) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  c text[] := core.context();
begin
  if c is null or c[5] = 'nobody' or c[4] = '' then
    raise exception 'the job % belongs to a workspace, and to somebody who is known', job using errcode = '42501';
  end if;
  perform core.put_job(gen_random_uuid(), 'models',
    jsonb_build_object('job', job, 'payload', payload, 'tenant', c[3], 'workspace', c[4],
      'by', jsonb_build_object('kind', c[5], 'id', nullif(c[6], ''))),
    greatest(coalesce(start_after, now()), now()));
end $$;

-- Whether the job's work is done already: asked before anything is sent.
create function core.is_done(run uuid) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select exists (select from core.job_runs j where j.tenant_id = core.tenant() and j.id = run)
$$;

-- Rights first, then the keeper: once a function is handed over, its giver can revoke nothing.
do $$
declare f text;
begin
  foreach f in array array['core.provider_here(text)', 'core.tokens_today(uuid)', 'core.provider_figures()',
    'core.enqueue_asking(text, jsonb, timestamptz)', 'core.is_done(uuid)'] loop
    execute format('revoke execute on function %s from public', f);
    execute format('grant execute on function %s to :app', f);
    execute format('alter function %s owner to :keeper', f);
  end loop;
end $$;

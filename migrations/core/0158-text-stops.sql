-- Who wrote STOP to a number of the institution's, and who wrote START again (47 CFR 64.1200(a)(10)). One number may serve a
-- coaching service and a study: what was said to it holds for every place that sends by it. The telephone number itself is
-- not here, only its keyed digest; rows are added and never changed, and the newest counts.

create table core.text_stops (
  tenant_id uuid not null default core.tenant(),
  id uuid not null default gen_random_uuid(),
  -- By which of our numbers: "twilio:+15550100000". Without a provider, of one workspace alone.
  channel text not null check (length(channel) between 3 and 300),
  number bytea not null check (length(number) = 32),
  wish text not null check (wish in ('stop', 'start')),
  -- Where it was said.
  said_in uuid not null default core.workspace(),
  said_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, id),
  foreign key (tenant_id, said_in) references core.workspaces (tenant_id, id)
);
create index text_stops_newest on core.text_stops (tenant_id, number, channel, said_at desc);
create index text_stops_of_workspace on core.text_stops (tenant_id, said_in);
select core.protect('core.text_stops', '{"scope":"tenant",
  "select":[{"may":"core.providers.use"}], "insert":[{"may":"core.providers.use"}]}');

-- The workspaces of an institution that a provider of text messages may serve.
create function core.text_places(tenant uuid) returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select coalesce(jsonb_agg(core.place(w.tenant_id, w.id) order by w.slug), '[]') from core.workspaces w
  where w.tenant_id = text_places.tenant and w.archived_at is null
    and exists (select from core.provider_uses u where u.tenant_id = w.tenant_id and u.workspace_id = w.id
      and u.service = 'text' and u.provider_id is not null)
$$;
revoke execute on function core.text_places(uuid) from public;
grant execute on function core.text_places(uuid) to :door;
alter function core.text_places(uuid) owner to :keeper;

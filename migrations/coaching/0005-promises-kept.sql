-- What raw SQL under the application's own role could still do past the pages, closed.

-- The bot's text leaves only while the bot has the conversation, by the epoch it was written under: the machinery asks so
-- before each claim, and the row itself asks once more. A person withdraws a text that has not left, and moves none.
create or replace function coaching.keep_text() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  ranks text[] := array['queued', 'held', 'sending', 'accepted', 'sent', 'unknown', 'cancelled', 'expired', 'failed', 'undelivered', 'delivered'];
begin
  if (new.cause, new.subject_id, new.message_id, new.purpose, new.speaker, new.epoch, new.person_id) is distinct from
     (old.cause, old.subject_id, old.message_id, old.purpose, old.speaker, old.epoch, old.person_id) then
    raise exception 'a text on its way stays what it is' using errcode = '42501';
  end if;
  -- From `sending` back to `queued`: only a provider's plain no allows it, which leaves its word in `code`.
  if array_position(ranks, new.status) < array_position(ranks, old.status)
    and not (old.status = 'held' and new.status = 'queued')
    and not (old.status = 'sending' and new.status in ('queued', 'held') and new.code is not null) then
    raise exception 'a text does not go back from % to %', old.status, new.status using errcode = '42501';
  end if;
  if core.actor_kind() in ('person', 'subject') and (old.status not in ('queued', 'held') or new.status <> 'cancelled') then
    raise exception 'a person withdraws a text that has not left, and moves none' using errcode = '42501';
  end if;
  if new.status = 'sending' and old.status <> 'sending' and new.speaker = 'bot' and not exists (
    select from coaching.conversations c where c.tenant_id = new.tenant_id and c.workspace_id = new.workspace_id
      and c.subject_id = new.subject_id and c.epoch = new.epoch and c.owner_id is null and c.status = 'bot-active') then
    raise exception 'the bot does not have this conversation any more' using errcode = '42501';
  end if;
  return new;
end $$;

-- What a model wrote stays what it wrote, by the prompt and model that wrote it, also while it waits for its reader. Its
-- seal alone changes, when keys are rotated outside of any request.
create or replace function coaching.keep_draft() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op = 'DELETE' or old.status <> 'waiting'
    or (new.subject_id, new.message_id, new.attempt, new.run_id, new.voice_id, new.model, new.prompt_version, new.faults) is distinct from
       (old.subject_id, old.message_id, old.attempt, old.run_id, old.voice_id, old.model, old.prompt_version, old.faults)
    or (core.actor_kind() is not null and new.body is distinct from old.body) then
    raise exception 'a draft is decided once, and stays as the model wrote it' using errcode = '42501';
  end if;
  return new;
end $$;

-- An incident begins open, and how it ended stays as it was written then.
create or replace function coaching.keep_incident() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  states text[] := array['open', 'paged', 'acknowledged', 'contacted', 'resolved', 'reviewed'];
begin
  if tg_op = 'DELETE' then raise exception 'an incident stays' using errcode = '42501'; end if;
  if tg_op = 'INSERT' then
    if new.status <> 'open' or num_nonnulls(new.acknowledged_by, new.contact, new.disposition, new.resolved_by, new.resolved_at) > 0 then
      raise exception 'an incident begins open' using errcode = '42501';
    end if;
    return new;
  end if;
  if array_position(states, new.status) < array_position(states, old.status)
    or (new.subject_id, new.tier, new.role, new.opened_at, new.cause, new.acknowledge_minutes, new.locks, new.message_id) is distinct from
       (old.subject_id, old.tier, old.role, old.opened_at, old.cause, old.acknowledge_minutes, old.locks, old.message_id)
    or (new.status in ('resolved', 'reviewed') and old.status not in ('contacted', 'resolved', 'reviewed'))
    or (old.acknowledged_at is not null and new.acknowledged_at is distinct from old.acknowledged_at)
    or (old.disposition is not null and (new.disposition, new.contact, new.acknowledged_by, new.resolved_by, new.resolved_at) is distinct from
       (old.disposition, old.contact, old.acknowledged_by, old.resolved_by, old.resolved_at)) then
    raise exception 'an incident goes from open to reviewed, a step at a time, and its beginning stays' using errcode = '42501';
  end if;
  if core.actor_kind() = 'person' and (
    (new.acknowledged_by is distinct from old.acknowledged_by and new.acknowledged_by is distinct from core.actor())
    or (new.resolved_by is distinct from old.resolved_by and new.resolved_by is distinct from core.actor())) then
    raise exception 'a person answers and resolves in no name but his own' using errcode = '42501';
  end if;
  return new;
end $$;
drop trigger keep on coaching.incidents;
create trigger keep before insert or update or delete on coaching.incidents for each row execute function coaching.keep_incident();

-- A YES or a START by text is the member's: only the machinery that heard it writes it down.
create policy wall_heard on coaching.consent_events as restrictive for insert to :app
  with check ((kind <> 'opted-in-again' and (kind <> 'given' or source <> 'sms')) or (select core.reaches('coaching.work')));

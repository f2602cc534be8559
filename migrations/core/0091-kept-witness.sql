-- Witnesses kept by themselves: a place (a store whose objects are locked, or a folder on another machine) to which the newest
-- checkpoint goes each hour. Of the whole installation; it holds no institution's data.
create table core.witnesses (
  place text primary key,
  tried_at timestamptz,                -- claimed by this: one process an hour
  kept_at timestamptz,                 -- when a checkpoint last came there
  checkpoint bigint,
  found text,                          -- what was not as the witness had seen it
  failed text                          -- why nothing was kept, the last time
);
grant select, insert, update on core.witnesses to :sealer;
grant select on core.witnesses to :app, :backup;

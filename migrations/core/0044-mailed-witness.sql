-- When the newest checkpoint was last mailed to those who keep an institution's alarms: a copy out of the database's reach.
alter table core.watches add column mailed_at timestamptz;

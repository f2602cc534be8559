-- The key of search tags is rotated like the others. A tag does not name its key, so the row says it: set by a rotation when
-- all tags of the row were made under that key; null when somebody wrote one since, under whichever was current for him.
-- Finding asks for the tags under every key that lives, so nobody is unfindable in between.
alter table core.identities add column tags_key uuid;

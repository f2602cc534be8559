-- Nobody changes his own access: he neither confirms it, nor lengthens it, nor takes it away so that nobody is left to give
-- it back. What wall_self says of giving, this says of everything after it.
create policy wall_self_kept on core.grants as restrictive for update to :app using (person_id <> (select core.actor()));

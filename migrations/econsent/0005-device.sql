-- By what device somebody came in, in a few words, for the evidence: "Chrome on Android". Never more than that.
alter table econsent.entries add column device text check (length(device) between 1 and 60);

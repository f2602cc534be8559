-- What a child reads depends on its age on the day it is asked: the years, and never the birth date, stand beside the consent.
alter table econsent.consents add column age int check (age between 0 and 25);

-- Files that other systems keep inside their data come in as text: a picture is longer than an answer.
alter table studies.field_values drop constraint field_values_raw_check;
alter table studies.field_values add constraint field_values_raw_check check (length(raw) <= 2000000);

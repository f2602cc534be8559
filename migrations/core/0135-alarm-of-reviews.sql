-- The alarm about an emergency that nobody looked at (0081), beside all that came before.
alter table core.alarms drop constraint alarms_detector_check;
alter table core.alarms add constraint alarms_detector_check
  check (detector in ('canary', 'volume', 'unassigned', 'refusals', 'walking', 'exports', 'hours', 'network', 'review'));

-- A text whose process died between the claim and the answer: from which moment on the provider may have it.
alter table coaching.outbox add column claimed_at timestamptz;

-- What an incident is told when a safety text cannot be shown to have gone out.
alter table coaching.incident_steps drop constraint incident_steps_step_check;
alter table coaching.incident_steps add constraint incident_steps_step_check
  check (step in ('opened', 'unheard', 'paged', 'acknowledged', 'contacted', 'resolved', 'reviewed'));

-- Beside the rungs: who is called first in a crisis, and who for a value that a clinician has to judge.
alter table coaching.shifts drop constraint shifts_rung_check;
alter table coaching.shifts add constraint shifts_rung_check
  check (rung in ('crisis', 'clinician', 'coach', 'supervisor', 'medical-director', 'phone-tree'));
